-- A job's number is the count of its project's jobs. Builds have the number of their revision.
with counted as (
  insert into view.execution_count (project_id, last)
  select %(project_id)s::text, 1 where %(kind)s::text = 'job'
  on conflict (project_id) do update set last = view.execution_count.last + 1
  returning last)
insert into view.execution (
  id, valid_from, kind, account_id, project_id, number, title, command, tier_id, environment_id, revision_id, commit,
  ref, started_by, details, stage, requested_from, submitted_at, reason, message, output_commit, branch, stats,
  log_tail, tags, goals, is_stopping, keeps_results, is_archived, node)
values (
  %(id)s, %(position)s, %(kind)s, %(account_id)s, %(project_id)s,
  coalesce((select c.last from counted c), %(number)s::int), %(title)s, %(command)s,
  %(tier_id)s, %(environment_id)s, %(revision_id)s, %(commit)s, %(ref)s::jsonb, %(started_by)s, %(details)s::jsonb,
  'queued', %(position)s, %(at)s, '', '', '', '', '{}', '[]', '[]', '[]', false, true, false, '')

with ended as (
  update view.deployment d set valid_to = %(position)s
   where d.id = %(deployment_id)s and d.valid_to is null
  returning d.*)
insert into view.deployment (
  id, valid_from, service_id, number, revision, trigger, commit, status, reason, message, last_probe, exit_cause,
  log_tail, created_at, finished_at)
select id, %(position)s, service_id, number, revision, trigger, coalesce(%(new_commit)s::text, commit),
       %(status)s, %(reason)s, %(message)s, %(last_probe)s, %(exit_cause)s, %(log_tail)s, created_at,
       case when %(status)s = 'in_progress' then null else %(at)s::timestamptz end
  from ended

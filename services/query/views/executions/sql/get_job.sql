select x.id, x.project_id, x.number, x.title, x.command, x.tier_id, x.environment_id, x.revision_id, x.commit, x.ref::text,
       x.started_by, x.details::text, x.stage, x.outcome, x.submitted_at, x.started_at, x.ended_at, x.reason, x.message,
       x.code, x.signal, x.cpu_percent, x.memory_bytes, x.output_commit, x.branch, x.stats::text, x.tags::text,
       x.goals::text, x.is_stopping, x.is_archived, x.node
  from view.execution x
 where valid(x) and x.id = %(id)s and x.kind = 'job'

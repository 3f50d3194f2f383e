select x.id, x.kind, x.account_id, x.project_id, x.tier_id, x.environment_id, x.revision_id, x.stage, x.is_stopping,
       x.keeps_results, x.requested_from, x.node
  from view.execution x
 where valid(x) and x.outcome is null and x.requested_from > %(after)s
   and (%(ids)s::text[] is null or x.id = any(%(ids)s::text[]))
 order by x.requested_from
 limit %(limit)s

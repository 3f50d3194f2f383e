select x.id, x.kind, x.account_id, x.project_id, x.tier_id, x.environment_id, x.revision_id, x.stage, x.is_stopping,
       x.keeps_results, x.requested_from,
       x.number, x.title, x.command, x.commit, x.ref::text, x.started_by, x.submitted_at, x.started_at,
       h.tier::text, r.build_id, r.status, r.message, r.revision::text, r.account_id,
       r.image, p.handle, p.name, p.account_id, p.repository::text, p.results, x.node
  from view.execution x
  left join view.hardware_tier h on h.id = x.tier_id and valid(h) and not h.is_archived
  left join view.environment_revision r
    on r.environment_id = x.environment_id and r.id = x.revision_id and valid(r)
  left join view.execution_place p on p.id = x.project_id and valid(p)
 where valid(x) and x.id = %(id)s

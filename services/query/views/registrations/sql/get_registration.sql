-- keyed
select s.id, s.project_id, s.name, s.slug, s.labels, s.service_type, s.service_flavor, s.registration,
       s.workload, s.status, s.rollout, s.rollout_reason, s.rollout_message, s.replicas_wanted, s.replicas_ready,
       s.created_at, s.updated_at,
       p.id, p.kind, p.handle, p.name, p.email, p.created_at, p.updated_at,
       m.id, m.name, m.versions, m.created_at, m.updated_at, r.id, r.name, r.versions, r.created_at, r.updated_at,
       w.url, w.is_healthy, w.reason, w.at
  from view.service s
  left join view.principal p on p.id = s.owner_id and valid(p)
  left join view.record m on m.id = s.model_version_id and valid(m)
  left join view.record r on r.id = s.pipeline_run_id and valid(r)
  left join view.watch w on w.service_id = s.id and valid(w)
 where valid(s) and s.id = %(service_id)s

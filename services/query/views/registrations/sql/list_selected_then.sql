-- The same of a past moment, with conditions ($where) or an order over what only the rows know: those
-- that were true then are found in an index, and no others are looked at.
with total as ($total),
page as (
  select s.id, s.valid_from
    from view.service s
   where (s.id, s.valid_from) in (
           select s.id, s.valid_from from view.service s
            where valid(s) and s.project_id = %(project_id)s $found)
     $where
   order by $order
   limit %(limit)s offset %(offset)s)
select t.total, s.id, s.project_id, s.name, s.slug, s.labels, s.service_type, s.service_flavor, s.registration,
       s.workload, s.status, s.rollout, s.rollout_reason, s.rollout_message, s.replicas_wanted, s.replicas_ready,
       s.created_at, s.updated_at,
       p.id, p.kind, p.handle, p.name, p.email, p.created_at, p.updated_at,
       m.id, m.name, m.versions, m.created_at, m.updated_at, r.id, r.name, r.versions, r.created_at, r.updated_at,
       w.url, w.is_healthy, w.reason, w.at
  from total t
  left join page g on true
  left join view.service s on s.id = g.id and s.valid_from = g.valid_from
  left join view.principal p on p.id = s.owner_id and valid(p)
  left join view.record m on m.id = s.model_version_id and valid(m)
  left join view.record r on r.id = s.pipeline_run_id and valid(r)
  left join view.watch w on w.service_id = s.id and valid(w)
 order by $order

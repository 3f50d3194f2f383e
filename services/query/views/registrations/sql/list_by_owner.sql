-- The same in order of the owners' names: owner by owner, each one's services by the index over
-- (project, owner, id). Services without an owner come before or after all of them.
with recursive owner (owner_id) as (
  (select s.owner_id from view.service s
    where valid(s) and s.project_id = %(project_id)s and s.owner_id is not null
    order by s.owner_id nulls first limit 1)
  union all
  select (select s.owner_id from view.service s
           where valid(s) and s.project_id = %(project_id)s and s.owner_id > o.owner_id
           order by s.owner_id nulls first limit 1)
    from owner o
   where o.owner_id is not null),
named as (
  select o.owner_id, coalesce(p.handle, p.name collate "C") as name
    from owner o
    left join view.principal p on p.id = o.owner_id and valid(p)
   where o.owner_id is not null
  union all
  select null, null),
total as ($total),
page as (
  select s.id, s.valid_from, n.name
    from (select n.* from named n order by $names) n
    cross join lateral (
      (select s.* from view.service s
        where n.owner_id is not null and valid(s) and s.project_id = %(project_id)s and s.owner_id = n.owner_id $found $where
        order by $ties limit %(upto)s)
      union all
      (select s.* from view.service s
        where n.owner_id is null and valid(s) and s.project_id = %(project_id)s and s.owner_id is null $found $where
        order by $ties limit %(upto)s)) s
   order by $names, $ties
   limit %(limit)s offset %(offset)s)
select t.total, s.id, s.project_id, s.name, s.slug, s.labels, s.service_type, s.service_flavor, s.registration,
       s.workload, s.status, s.rollout, s.rollout_reason, s.rollout_message, s.replicas_wanted, s.replicas_ready,
       s.created_at, s.updated_at,
       p.id, p.kind, p.handle, p.name, p.email, p.created_at, p.updated_at,
       m.id, m.name, m.versions, m.created_at, m.updated_at, r.id, r.name, r.versions, r.created_at, r.updated_at,
       w.url, w.is_healthy, w.reason, w.at
  from total t
  left join page n on true
  left join view.service s on s.id = n.id and s.valid_from = n.valid_from
  left join view.principal p on p.id = s.owner_id and valid(p)
  left join view.record m on m.id = s.model_version_id and valid(m)
  left join view.record r on r.id = s.pipeline_run_id and valid(r)
  left join view.watch w on w.service_id = s.id and valid(w)
 order by $names, $ties

-- What an admin said of the machine stays.
with old as (
  update view.node set valid_to = %(position)s where name = %(name)s and valid_to is null returning *)
insert into view.node (
  name, valid_from, kind, region, millicores, memory_bytes, gpus, labels, taints, is_cordoned, is_draining,
  overcommits, created_at, updated_at)
select %(name)s, %(position)s, 'detected', %(region)s, %(millicores)s, %(memory_bytes)s, %(gpus)s::jsonb,
       coalesce(o.labels, '{}'), coalesce(o.taints, '[]'), coalesce(o.is_cordoned, false),
       coalesce(o.is_draining, false), %(overcommits)s, coalesce(o.created_at, %(at)s), %(at)s
  from (select 1) one
  left join old o on true

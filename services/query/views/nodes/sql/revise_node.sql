-- Who opens a cordoned node ends its draining.
with old as (
  update view.node set valid_to = %(position)s where name = %(name)s and valid_to is null returning *)
insert into view.node (
  name, valid_from, kind, region, millicores, memory_bytes, gpus, labels, taints, is_cordoned, is_draining,
  overcommits, created_at, updated_at)
select o.name, %(position)s, o.kind, %(region)s, %(millicores)s, %(memory_bytes)s, %(gpus)s::jsonb, %(labels)s::jsonb,
       %(taints)s::jsonb, %(is_cordoned)s, o.is_draining and %(is_cordoned)s, o.overcommits, o.created_at, %(at)s
  from old o

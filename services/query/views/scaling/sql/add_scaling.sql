-- What the event does not say stays as it was; the first row of a service has nothing before it.
with ended as (
  update view.scaling s set valid_to = %(position)s
   where s.service_id = %(service_id)s and s.valid_to is null
  returning s.*)
insert into view.scaling (
  service_id, valid_from, project_id, kind, at, actor, policy, desired, previous, reasons, inputs, memory)
select %(service_id)s, %(position)s, %(project_id)s, %(kind)s, %(at)s, %(actor)s,
       coalesce(%(policy)s::text, e.policy), coalesce(%(desired)s::int, e.desired),
       coalesce(%(previous)s::int, e.previous), %(reasons)s, coalesce(%(inputs)s::text, e.inputs),
       coalesce(%(memory)s::text, e.memory)
  from (select 1) one
  left join ended e on true

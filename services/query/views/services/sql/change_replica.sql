-- What drains stays draining, whatever its probes answer, until it has stopped.
with ended as (
  update view.replica r set valid_to = %(position)s
   where r.id = %(replica_id)s and r.valid_to is null and r.state <> 'stopped'
  returning r.*)
insert into view.replica (
  id, valid_from, service_id, project_id, deployment_id, ordinal, generation, address, runtime, isolated, state,
  reason, started_at, ready_at, stopped_at, node)
select id, %(position)s, service_id, project_id, deployment_id, ordinal, generation, address, runtime, isolated,
       case when state = 'draining' and %(state)s <> 'stopped' then state else %(state)s end,
       case when state = 'draining' and %(state)s <> 'stopped' then reason else %(reason)s end,
       started_at,
       case when %(state)s = 'ready' then %(at)s::timestamptz else ready_at end,
       case when %(state)s = 'stopped' then %(at)s::timestamptz end,
       node
  from ended

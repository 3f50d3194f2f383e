select r.id, r.service_id, r.deployment_id, r.ordinal, r.generation, r.address, r.runtime, r.isolated, r.state, r.reason,
       r.started_at, r.ready_at, r.node
  from view.replica r
 where valid(r) and r.service_id = %(service_id)s and r.state <> 'stopped'
 order by r.id

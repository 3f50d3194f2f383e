insert into view.replica (
  id, valid_from, service_id, project_id, deployment_id, ordinal, generation, address, runtime, isolated, state,
  reason, started_at, node)
values (
  %(replica_id)s, %(position)s, %(service_id)s, %(project_id)s, %(deployment_id)s, %(ordinal)s, %(generation)s,
  %(address)s, %(runtime)s, %(isolated)s, 'starting', '', %(at)s, %(node)s)

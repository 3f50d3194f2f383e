-- Runs after the service's own row, which has counted this deployment.
insert into view.deployment (
  id, valid_from, service_id, number, revision, trigger, commit, status, reason, message, last_probe, exit_cause,
  log_tail, created_at)
select %(deployment_id)s, %(position)s, s.id, s.deployment_number, %(revision)s, %(trigger)s, %(commit)s,
       'in_progress', '', '', '', '', '[]', %(at)s
  from view.service s
 where s.id = %(service_id)s and s.valid_to is null

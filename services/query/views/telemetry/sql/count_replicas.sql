select s.name, s.project_id, s.replicas_wanted, s.replicas_current, s.replicas_ready
  from view.service s
 where valid(s) and s.id = %(service_id)s and s.workload is not null

select s.id, s.workload, s.created_at, s.replicas_current, s.replicas_ready
  from view.service s
 where valid(s) and s.project_id = %(project_id)s and s.slug = %(slug)s and s.workload is not null

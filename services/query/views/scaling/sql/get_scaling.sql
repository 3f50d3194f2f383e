select s.id, s.project_id, s.labels, s.replicas_wanted, s.replicas_ready,
       (s.workload::json ->> 'replicas_min')::int, (s.workload::json ->> 'replicas_max')::int, c.policy, c.memory
  from view.service s
  left join view.scaling c on c.service_id = s.id and valid(c)
 where valid(s) and s.id = %(service_id)s and s.workload is not null

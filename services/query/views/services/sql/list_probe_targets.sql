select r.id, r.service_id, r.project_id, r.deployment_id, r.address,
       coalesce(s.workload::json ->> 'health_check_path', '/'), r.state = 'ready', r.state = 'draining', r.started_at
  from view.replica r
  left join lateral (
    select w.workload from view.service w where w.id = r.service_id order by w.valid_from desc limit 1) s on true
 where r.valid_to is null and r.state <> 'stopped' and r.id > %(after_id)s
   and (%(service_id)s::text is null or r.service_id = %(service_id)s)
 order by r.id
 limit %(limit)s

-- The limits, and what is taken of them at the moment: services of any kind, replicas that have not stopped.
select q.services, q.replicas, q.cpu, q.memory_gb, q.gpus,
       (select count(*) from view.service s where valid(s) and s.project_id = %(project_id)s),
       u.replicas, u.cpu, u.memory_gb, u.gpus
  from (select count(*) as replicas,
               coalesce(sum((s.workload::json ->> 'cpu')::int), 0) as cpu,
               coalesce(sum((s.workload::json ->> 'memory_gb')::int), 0) as memory_gb,
               coalesce(sum((s.workload::json ->> 'gpu_count')::int)
                        filter (where s.workload::json ->> 'gpu' <> 'none'), 0) as gpus
          from view.service s
          join view.replica r on r.service_id = s.id and valid(r) and r.state <> 'stopped'
         where valid(s) and s.project_id = %(project_id)s and s.workload is not null) u
  left join view.quota q on q.project_id = %(project_id)s and valid(q)

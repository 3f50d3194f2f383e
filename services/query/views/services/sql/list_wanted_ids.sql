-- Live workloads (those at rest only where asked for), and removed services of which something still runs.
select id from (
  (select s.id from view.service s
    where s.valid_to is null and s.workload is not null and s.id > %(after_id)s
      and (%(resting)s or s.serving_id is not null or s.rollout is distinct from 'failed')
    order by s.id limit %(limit)s)
  union
  (select r.service_id from view.replica r
    where r.valid_to is null and r.state <> 'stopped' and r.service_id > %(after_id)s
    group by r.service_id order by r.service_id limit %(limit)s)) wanted
 order by id
 limit %(limit)s

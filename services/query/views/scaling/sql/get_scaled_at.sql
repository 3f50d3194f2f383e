-- How the service was at a time: the last row of then, else its first.
select s.workload, s.labels, s.replicas_wanted, s.replicas_ready, s.scaled_at, s.updated_at
  from view.service s
 where s.id = %(service_id)s and s.workload is not null
 order by s.updated_at <= %(at)s desc,
          case when s.updated_at <= %(at)s then -s.valid_from else s.valid_from end
 limit 1

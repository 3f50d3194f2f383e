select count(*)::bigint,
       percentile_cont(0.5) within group (order by c.first_byte_ms)::float8,
       percentile_cont(0.95) within group (order by c.first_byte_ms)::float8
  from telemetry.cold_start c
 where c.service_id = %(service_id)s and c.at >= %(start)s and c.at < %(until)s

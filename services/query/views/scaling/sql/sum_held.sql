select count(*)::bigint, coalesce(sum(c.held_ms), 0)::float8 / 1000
  from telemetry.cold_start c
 where c.service_id = %(service_id)s and c.at >= %(start)s and c.at < %(until)s

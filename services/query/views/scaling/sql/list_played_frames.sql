-- All edges together, second by second; those without traffic are not told of.
select extract(epoch from f.at)::bigint, sum(f.area)::float8, sum(f.n)::bigint
  from telemetry.frame f
 where f.service_id = %(service_id)s and f.at >= %(start)s and f.at < %(until)s
 group by f.at
 order by f.at

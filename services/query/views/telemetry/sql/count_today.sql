-- From a moment on: the counters that Prometheus reads.
with asked as materialized (
  select f.* from telemetry.frame f where f.service_id = %(service_id)s and f.at >= %(start)s)
select coalesce(sum(f.n), 0)::bigint, coalesce(sum(f.classes[1]), 0)::bigint,
       coalesce(sum(f.classes[2]), 0)::bigint, coalesce(sum(f.classes[3]), 0)::bigint,
       coalesce(sum(f.classes[4]), 0)::bigint, coalesce(sum(f.classes[5]), 0)::bigint,
       coalesce(sum(f.failed), 0)::bigint, coalesce(sum(f.aborted), 0)::bigint,
       coalesce(sum(f.refused), 0)::bigint, coalesce(sum(f.bytes_in), 0)::bigint,
       coalesce(sum(f.bytes_out), 0)::bigint, coalesce(sum(f.latency_ms), 0)::bigint,
       (select coalesce(array_agg(b.n order by b.bucket), '{}')
          from (select l.bucket, sum(l.n)::bigint as n
                  from asked a, unnest(a.latency) with ordinality as l(n, bucket)
                 group by l.bucket) b),
       (select count(*) from view.replica r
         where r.service_id = %(service_id)s and r.valid_to is null and r.generation > 1)
  from asked f

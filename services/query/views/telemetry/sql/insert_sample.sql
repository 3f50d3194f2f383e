insert into telemetry.sample (service_id, replica_id, at, cpu_seconds, memory_bytes, cpu_limit, memory_limit,
                              gpu_share)
select * from unnest(%(service_id)s::text[], %(replica_id)s::text[], %(at)s::timestamptz[], %(cpu_seconds)s::float8[],
                     %(memory_bytes)s::bigint[], %(cpu_limit)s::float8[], %(memory_limit)s::bigint[],
                     %(gpu_share)s::float8[])
on conflict do nothing

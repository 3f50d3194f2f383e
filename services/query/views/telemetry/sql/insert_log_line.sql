insert into telemetry.log_line (service_id, replica_id, seq, at, stream, message)
select * from unnest(%(service_id)s::text[], %(replica_id)s::text[], %(seq)s::bigint[], %(at)s::timestamptz[],
                     %(stream)s::text[], %(message)s::text[])
on conflict do nothing

-- One at a time: the number of a line tells whether it was taken before another only where no line with
-- a smaller number can still appear.
with alone as materialized (select pg_advisory_xact_lock(1165, 3))
insert into telemetry.log_line (service_id, replica_id, seq, at, stream, message)
select l.* from alone, unnest(%(service_id)s::text[], %(replica_id)s::text[], %(seq)s::bigint[],
                              %(at)s::timestamptz[], %(stream)s::text[], %(message)s::text[]) l
on conflict do nothing

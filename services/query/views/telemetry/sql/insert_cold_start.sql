insert into telemetry.cold_start (service_id, edge_id, at, number, held_ms, first_byte_ms)
select * from unnest(
         %(service_id)s::text[], %(edge_id)s::text[], %(at)s::timestamptz[], %(number)s::int[], %(held_ms)s::int[],
         %(first_byte_ms)s::int[])
on conflict do nothing

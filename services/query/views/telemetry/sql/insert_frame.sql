insert into telemetry.frame (
  service_id, edge_id, at, area, n, classes, failed, aborted, refused, queued_max, wait_ms, bytes_in, bytes_out,
  latency, latency_ms)
select f.service_id, f.edge_id, to_timestamp(f.second), f.area, f.n, f.classes, f.failed, f.aborted, f.refused,
       f.queued_max, f.wait_ms, f.bytes_in, f.bytes_out, f.latency, f.latency_ms
  from jsonb_to_recordset(%(frames)s::jsonb) as f(
         service_id text, edge_id text, second bigint, area double precision, n int, classes int[], failed int,
         aborted int, refused int, queued_max int, wait_ms bigint, bytes_in bigint, bytes_out bigint, latency int[],
         latency_ms bigint)
on conflict do nothing

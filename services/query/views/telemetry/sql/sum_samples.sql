-- Shares of the limits: CPU from the counter of each replica, memory as the mean of what was seen; GPUs
-- as the mean of the samples that told of some.
with per_replica as (
  select max(p.cpu_seconds) - min(p.cpu_seconds) as used,
         extract(epoch from max(p.at) - min(p.at)) * max(p.cpu_limit) as allowed,
         sum(p.memory_bytes::float8 / nullif(p.memory_limit, 0)) as memory_share,
         count(*) filter (where p.memory_limit > 0) as memory_samples,
         sum(p.gpu_share) as gpu_share, count(p.gpu_share) as gpu_samples,
         count(*) as samples
    from telemetry.sample p
   where p.service_id = %(service_id)s and p.at >= %(start)s and p.at < %(until)s
   group by p.replica_id)
select (sum(used) / nullif(sum(allowed), 0))::float8,
       (sum(memory_share) / nullif(sum(memory_samples), 0))::float8,
       coalesce(sum(samples), 0)::bigint,
       (sum(gpu_share) / nullif(sum(gpu_samples), 0))::float8
  from per_replica

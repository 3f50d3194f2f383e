-- With what is placed on each. What runs since before nodes had names, or on a node that is declared no more, runs on
-- the machine.
with matched as materialized (
  select n.* from view.node n where valid(n) and (%(node)s::text is null or n.name = %(node)s)),
page as (
  select m.* from matched m order by m.name limit %(limit)s offset %(offset)s),
here as (
  select n.name from view.node n where valid(n) and n.kind = 'detected' order by n.name limit 1),
placed as (
  select coalesce(k.name, (select h.name from here h)) as node, true as is_replica,
         (s.workload::json ->> 'cpu')::bigint * 1000 as millicores,
         (s.workload::json ->> 'memory_gb')::bigint * 1073741824 as memory_bytes,
         s.workload::json ->> 'gpu' as gpu, (s.workload::json ->> 'gpu_count')::bigint as gpu_count
    from view.replica r
    join view.service s on s.id = r.service_id and valid(s) and s.workload is not null
    left join view.node k on k.name = r.node and valid(k)
   where valid(r) and r.state <> 'stopped'
  union all
  select coalesce(k.name, (select h.name from here h)), false,
         ceil((t.tier ->> 'cores')::numeric * 1000)::bigint,
         trunc((t.tier -> 'memory' ->> 'value')::numeric * case t.tier -> 'memory' ->> 'units'
           when 'MB' then 1000000 when 'MiB' then 1048576 when 'GB' then 1000000000 else 1073741824 end)::bigint,
         case when (t.tier ->> 'gpu_count')::bigint > 0 then t.tier ->> 'gpu_key' else 'none' end,
         (t.tier ->> 'gpu_count')::bigint
    from view.execution x
    join view.hardware_tier t on t.id = x.tier_id and valid(t)
    left join view.node k on k.name = x.node and valid(k)
   where valid(x) and x.kind = 'job' and x.outcome is null and x.stage <> 'queued'),
booked as (
  select p.node, count(*) filter (where p.is_replica) as replicas, count(*) filter (where not p.is_replica) as jobs,
         sum(p.millicores)::bigint as millicores, sum(p.memory_bytes)::bigint as memory_bytes
    from placed p
   group by p.node),
devices as (
  select g.node, jsonb_object_agg(g.gpu, g.count) as gpus
    from (select p.node, p.gpu, sum(p.gpu_count)::bigint as count from placed p where p.gpu <> 'none' group by 1, 2) g
   group by g.node)
select t.total, p.name, p.kind, p.region, p.millicores, p.memory_bytes, p.gpus::text, p.labels::text, p.taints::text,
       p.is_cordoned, p.is_draining, p.overcommits, p.created_at, p.updated_at,
       coalesce(b.replicas, 0), coalesce(b.jobs, 0), coalesce(b.millicores, 0), coalesce(b.memory_bytes, 0),
       coalesce(d.gpus, '{}')::text
  from (select count(*) as total from matched) t
  left join page p on true
  left join booked b on b.node = p.name
  left join devices d on d.node = p.name
 order by p.name

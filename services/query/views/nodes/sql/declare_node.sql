insert into view.node (
  name, valid_from, kind, region, millicores, memory_bytes, gpus, labels, taints, is_cordoned, is_draining,
  overcommits, created_at, updated_at)
values (
  %(name)s, %(position)s, %(kind)s, %(region)s, %(millicores)s, %(memory_bytes)s, %(gpus)s::jsonb, %(labels)s::jsonb,
  %(taints)s::jsonb, %(is_cordoned)s, false, false, %(at)s, %(at)s)

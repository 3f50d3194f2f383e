-- Projects with their services counted by status.
with mine as materialized (
  select p.id, p.account_id, p.handle, p.name, p.is_home, p.updated_at
    from view.project p
   where valid(p) and (%(ids)s::text[] is null or p.id = any(%(ids)s))
     and not p.id = any(%(hidden)s::text[])
     and (%(text)s = '' or strpos(p.handle, %(text)s) > 0 or strpos(lower(p.name), %(text)s) > 0)),
counted as (
  select s.project_id, count(*) as services, max(s.updated_at) as changed_at,
         count(*) filter (where s.status = 'failed')    as failed,
         count(*) filter (where s.status = 'degraded')  as degraded,
         count(*) filter (where s.status = 'deploying') as deploying,
         count(*) filter (where s.status = 'running')   as running,
         count(*) filter (where s.status = 'stopped')   as stopped,
         count(*) filter (where s.status is null)       as plain
    from view.service s
   where valid(s) and s.project_id in (select m.id from mine m)
   group by s.project_id),
found as materialized (
  select m.*, coalesce(c.services, 0) as services, coalesce(c.failed, 0) as failed,
         coalesce(c.degraded, 0) as degraded, coalesce(c.deploying, 0) as deploying,
         coalesce(c.running, 0) as running, coalesce(c.stopped, 0) as stopped,
         coalesce(c.plain, 0) as plain, greatest(m.updated_at, c.changed_at) as changed_at
    from mine m left join counted c on c.project_id = m.id
   where case %(status)s::text
           when 'failed' then c.failed > 0
           when 'degraded' then c.degraded > 0
           when 'deploying' then c.deploying > 0
           when 'running' then c.running > 0
           when 'stopped' then c.stopped > 0
           else true
         end),
page as (
  select f.*, row_number() over (order by
           case when %(sort)s = 'worst' then f.failed end desc nulls last,
           case when %(sort)s = 'worst' then f.degraded end desc nulls last,
           case when %(sort)s = 'worst' then f.deploying end desc nulls last,
           case when %(sort)s <> 'name' then f.changed_at end desc nulls last,
           f.handle) as place
    from found f order by place limit %(limit)s offset %(offset)s)
select t.total, f.id, f.handle, f.name, a.handle, f.is_home, f.services, f.failed, f.degraded,
       f.deploying, f.running, f.stopped, f.plain, f.changed_at, t.services
  from (select count(*) as total, coalesce(sum(services), 0)::bigint as services from found) t
  left join page f on true
  left join view.principal a on a.id = f.account_id and valid(a)
 order by f.place

-- Services of every facet, the text found in what people remember of them.
with found as materialized (
  select s.id, s.valid_from, s.status, s.name, s.updated_at, s.created_at
    from view.service s
   where valid(s) and (%(project_ids)s::text[] is null or s.project_id = any(%(project_ids)s)
          or s.id = any(%(service_ids)s::text[]))
     and (%(text)s = '' or strpos(lower(s.name), %(text)s) > 0 or strpos(s.slug, %(text)s) > 0
          or s.id like %(id_begins)s or strpos(lower(s.workload::jsonb->>'image'), %(text)s) > 0
          or strpos(lower(s.workload::jsonb->>'repo'), %(text)s) > 0
          or strpos(lower(s.workload::jsonb->>'custom_domain'), %(text)s) > 0)),
counts as (
  select count(*) filter (where %(status)s::text is null or f.status = %(status)s) as total,
         count(*) filter (where f.status = 'failed')    as failed,
         count(*) filter (where f.status = 'degraded')  as degraded,
         count(*) filter (where f.status = 'deploying') as deploying,
         count(*) filter (where f.status = 'running')   as running,
         count(*) filter (where f.status = 'stopped')   as stopped,
         count(*) filter (where f.status is null)       as plain
    from found f),
page as (
  select f.id, f.valid_from, row_number() over (order by
           case when %(sort)s = 'worst' then case f.status when 'failed' then 1 when 'degraded' then 2
             when 'deploying' then 3 when 'running' then 4 when 'stopped' then 5 else 6 end end,
           case when %(sort)s = 'name' then lower(f.name) end,
           case when %(sort)s = 'created' then f.created_at end desc nulls last,
           f.updated_at desc, f.id) as place
    from found f
   where %(status)s::text is null or f.status = %(status)s
   order by place limit %(limit)s offset %(offset)s)
select c.total, s.id, s.project_id, s.name, s.slug, s.workload, s.registration is not null,
       s.conversation is not null, s.participation is not null, s.status, s.rollout, s.rollout_reason,
       s.rollout_message, s.revision, s.replicas_wanted, s.replicas_ready, s.updated_at, s.updated_by,
       c.failed, c.degraded, c.deploying, c.running, c.stopped, c.plain
  from counts c
  left join page p on true
  left join view.service s on s.id = p.id and s.valid_from = p.valid_from
 order by p.place

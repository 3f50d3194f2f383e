-- One key of texts and one of numbers: what is sorted by fills one of them. Numbers break ties.
with matched as materialized (
  select x.*,
         case %(sort_by)s when 'title' then lower(x.title) when 'command' then lower(x.command)
           when 'status' then coalesce(x.outcome, x.stage) when 'user' then coalesce(p.handle, x.started_by)
           when 'stat' then x.stats->>%(stat)s end as text_key,
         case %(sort_by)s when 'started' then extract(epoch from x.started_at)
           when 'duration' then extract(epoch from coalesce(x.ended_at, %(now)s) - x.started_at)
           when 'stat' then case when x.stats->>%(stat)s ~ '^-?[0-9]{1,30}([.][0-9]{1,30})?([eE][-+]?[0-9]{1,2})?$'
                            then (x.stats->>%(stat)s)::numeric end
           when 'number' then x.number end as number_key
    from view.execution x
    left join view.principal p on p.id = x.started_by and valid(p)
   where valid(x) and x.project_id = %(project_id)s and x.kind = 'job'
     and (x.is_archived = (%(status)s = 'archived') or (%(with_archived)s and %(status)s <> 'archived'))
     and case %(status)s when 'queued' then x.outcome is null and x.stage = 'queued'
           when 'running' then x.outcome is null and x.stage <> 'queued'
           when 'active' then x.outcome is null
           when 'completed' then x.outcome is not null
           else true end
     and (%(tag)s::text is null or exists (
       select from jsonb_array_elements(x.tags) t where t->>'name' = %(tag)s))),
page as (
  select m.* from matched m
   order by case when %(ascending)s then m.number_key end nulls last,
            case when not %(ascending)s then m.number_key end desc nulls last,
            case when %(ascending)s then m.text_key end nulls last,
            case when not %(ascending)s then m.text_key end desc nulls last,
            case when %(ascending)s then m.number end, m.number desc
   limit %(limit)s offset %(offset)s)
select t.total, x.id, x.project_id, x.number, x.title, x.command, x.tier_id, x.environment_id, x.revision_id, x.commit, x.ref::text,
       x.started_by, x.details::text, x.stage, x.outcome, x.submitted_at, x.started_at, x.ended_at, x.reason, x.message,
       x.code, x.signal, x.cpu_percent, x.memory_bytes, x.output_commit, x.branch, x.stats::text, x.tags::text,
       x.goals::text, x.is_stopping, x.is_archived, x.node
  from (select count(*) as total from matched) t
  left join page x on true
 order by case when %(ascending)s then x.number_key end nulls last,
          case when not %(ascending)s then x.number_key end desc nulls last,
          case when %(ascending)s then x.text_key end nulls last,
          case when not %(ascending)s then x.text_key end desc nulls last,
          case when %(ascending)s then x.number end, x.number desc

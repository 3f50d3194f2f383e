with matched as materialized (
  select h.* from view.hardware_tier h where valid(h) and (%(with_archived)s or not h.is_archived)),
page as (
  select m.* from matched m order by lower(m.tier->>'name'), m.id limit %(limit)s offset %(offset)s),
fallback as (
  select m.id from matched m where m.default_since is not null order by m.default_since desc, m.id limit 1)
select t.total, p.id, p.tier::text, p.id = (select f.id from fallback f), p.is_archived, p.created_at, p.updated_at,
       coalesce(x.queued, 0), coalesce(x.running, 0)
  from (select count(*) as total from matched) t
  left join page p on true
  left join lateral (
    select count(*) filter (where x.stage = 'queued') as queued, count(*) filter (where x.stage <> 'queued') as running
      from view.execution x where x.tier_id = p.id and valid(x) and x.outcome is null) x on true
 order by lower(p.tier->>'name'), p.id

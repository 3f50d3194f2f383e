-- Without an id the default: the newest of those that were made it.
with fallback as (
  select d.id from view.hardware_tier d where valid(d) and d.default_since is not null
   order by d.default_since desc, d.id limit 1)
select h.id, h.tier::text, h.id = (select f.id from fallback f), h.is_archived, h.created_at, h.updated_at,
       count(x.id) filter (where x.stage = 'queued'), count(x.id) filter (where x.stage <> 'queued')
  from view.hardware_tier h
  left join view.execution x on x.tier_id = h.id and valid(x) and x.outcome is null
 where valid(h) and h.id = coalesce(%(id)s::text, (select f.id from fallback f))
 group by h.id, h.valid_from

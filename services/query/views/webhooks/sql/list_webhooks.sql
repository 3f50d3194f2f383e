with matched as materialized (
  select w.id, w.valid_from
    from view.webhook w
   where valid(w) and (%(accounts)s::text[] is null or w.account_id = any(%(accounts)s::text[]))),
page as (
  select m.* from matched m order by m.id limit %(limit)s offset %(offset)s)
select t.total, w.id, w.account_id, w.project_id, w.url, w.description, w.types, w.is_enabled, w.created_at, w.updated_at,
       coalesce(d.pending, 0)::int, coalesce(d.dead, 0)::int, w.former_until
  from (select count(*) as total from matched) t
  left join page p on true
  left join view.webhook w on w.id = p.id and w.valid_from = p.valid_from
  left join lateral (
    select count(*) filter (where e.state = 'pending') as pending, count(*) filter (where e.state = 'dead') as dead
      from webhook.delivery e where e.webhook_id = w.id and e.state in ('pending', 'dead')) d on true
 order by w.id

select w.id, w.account_id, w.project_id, w.url, w.description, w.types, w.is_enabled, w.created_at, w.updated_at,
       coalesce(d.pending, 0)::int, coalesce(d.dead, 0)::int, w.former_until
  from view.webhook w
  left join lateral (
    select count(*) filter (where e.state = 'pending') as pending, count(*) filter (where e.state = 'dead') as dead
      from webhook.delivery e where e.webhook_id = w.id and e.state in ('pending', 'dead')) d on true
 where valid(w) and w.id = %(id)s

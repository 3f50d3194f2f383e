select w.id, w.account_id, w.project_id, w.url, w.types, w.secret_id,
       coalesce((select i.last_position from es.import i where w.since between i.first_position and i.last_position), w.since),
       w.former_secret_id, w.former_until
  from view.webhook w
 where valid(w) and w.is_enabled and w.id > %(after_id)s
 order by w.id
 limit %(limit)s

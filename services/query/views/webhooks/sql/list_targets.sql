select w.id, w.account_id, w.project_id, w.url, w.types, w.secret_id, w.since
  from view.webhook w
 where valid(w) and w.is_enabled and w.id > %(after_id)s
 order by w.id
 limit %(limit)s

select p.handle, n.pinned_at
  from view.pin n
  join view.project_profile p on p.id = n.project_id and valid(p)
 where n.principal_id = %(me)s and valid(n) and (%(everything)s or p.id = any(%(ids)s)) and not p.id = any(%(hidden)s)
 order by n.valid_from desc
 limit 1000

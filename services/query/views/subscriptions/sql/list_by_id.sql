select s.id, s.account_id, s.key_id, s.after
  from view.subscription s
 where valid(s) and s.id = any(%(ids)s::text[])

select s.id, s.account_id, s.key_id, s.name, s.after, s.created_at
  from view.subscription s
 where valid(s) and s.id = %(subscription_id)s

select p.id, p.kind, p.handle, p.name, p.email, p.created_at, p.updated_at
  from view.principal p
 where valid(p) and p.id = %(principal_id)s

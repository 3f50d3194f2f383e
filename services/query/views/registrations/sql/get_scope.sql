select q.id, q.handle, q.name, q.description, q.created_at, q.updated_at
  from view.project q
 where valid(q) and q.id = %(project_id)s

select g.id, g.principal_id, g.action, g.resource, g.created_at
  from view.access_grant g
 where valid(g) and g.id = %(grant_id)s

select c.id, c.principal_id, c.name, c.domain, c.provider, c.protocol, c.username, c.mac, c.created_at
  from view.git_credential c
 where valid(c) and c.principal_id = %(principal_id)s
 order by c.created_at, c.id
 limit %(limit)s

select c.principal_id, c.secret_id, c.domain, c.provider, c.protocol, c.username
  from view.git_credential c
 where valid(c) and c.id = %(id)s and c.secret_id is not null

insert into view.principal (
  id, valid_from, kind, handle, name, email, account_id, home_project_id, members, created_at, updated_at)
values (
  %(principal_id)s, %(position)s, %(kind)s, %(handle)s, %(name)s, %(email)s, %(account_id)s, %(home_project_id)s,
  %(members)s::jsonb, %(at)s, %(at)s)

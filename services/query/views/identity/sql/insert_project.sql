insert into view.project (
  id, valid_from, account_id, handle, name, description, is_home, collaborators, created_at, updated_at)
values (
  %(project_id)s, %(position)s, %(account_id)s, %(handle)s, %(name)s, %(description)s, %(is_home)s, '{}', %(at)s,
  %(at)s)

insert into view.project_profile (
  id, valid_from, account_id, handle, name, description, archived, created_by, created_with, created_at, updated_by,
  updated_with, updated_at)
values (
  %(project_id)s, %(position)s, %(account_id)s, %(handle)s, %(name)s, %(description)s, false, %(actor)s,
  %(credential_id)s, %(at)s, %(actor)s, %(credential_id)s, %(at)s)

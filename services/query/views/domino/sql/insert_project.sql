insert into view.domino_project (
  id, valid_from, account_id, archived, profile, collaborators, created_at, updated_at)
values (
  %(project_id)s, %(position)s, %(account_id)s, false, %(profile)s::jsonb, '{}', %(at)s, %(at)s)

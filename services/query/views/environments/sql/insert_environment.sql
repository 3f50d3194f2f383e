insert into view.environment (
  id, valid_from, account_id, name, description, visibility, is_curated, is_default, is_archived, duplicate_of,
  created_at, updated_at)
values (
  %(id)s, %(position)s, %(account_id)s, %(name)s, %(description)s, %(visibility)s, %(is_curated)s, %(is_default)s,
  false, %(duplicate_of)s, %(at)s, %(at)s)

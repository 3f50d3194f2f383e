insert into view.webhook (
  id, valid_from, account_id, project_id, url, description, types, is_enabled, secret_id, since, created_at, updated_at)
values (
  %(id)s, %(position)s, %(account_id)s, %(project_id)s, %(url)s, %(description)s, %(types)s, %(is_enabled)s,
  %(secret_id)s, %(position)s, %(at)s, %(at)s)

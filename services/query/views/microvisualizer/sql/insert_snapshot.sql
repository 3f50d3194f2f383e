insert into view.snapshot (
  service_id, valid_from, project_id, slug, name, description, participation, created_by, created_with,
  created_at, updated_by, updated_with, opened_at)
values (
  %(service_id)s, %(position)s, %(project_id)s, %(slug)s, %(name)s, %(description)s, %(participation)s,
  %(actor)s, %(credential_id)s, %(at)s, %(actor)s, %(credential_id)s, %(at)s)

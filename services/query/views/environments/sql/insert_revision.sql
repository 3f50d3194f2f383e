insert into view.environment_revision (
  build_id, valid_from, id, environment_id, account_id, number, revision, status, reason, message, image, created_at, updated_at)
values (
  %(build_id)s, %(position)s, %(revision_id)s, %(environment_id)s, %(account_id)s, %(number)s, %(revision)s::jsonb,
  'queued', '', '', '', %(at)s, %(at)s)

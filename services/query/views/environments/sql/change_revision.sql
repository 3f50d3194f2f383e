with old as (
  update view.environment_revision set valid_to = %(position)s where build_id = %(build_id)s and valid_to is null
  returning *)
insert into view.environment_revision (
  build_id, valid_from, id, environment_id, account_id, number, revision, status, reason, message, image, created_at,
  updated_at)
select o.build_id, %(position)s, o.id, o.environment_id, o.account_id, o.number, o.revision, %(status)s, %(reason)s,
       %(message)s, %(image)s, o.created_at, %(at)s
  from old o

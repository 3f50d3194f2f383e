with old as (
  update view.webhook set valid_to = %(position)s where id = %(id)s and valid_to is null returning *)
insert into view.webhook (
  id, valid_from, account_id, project_id, url, description, types, is_enabled, secret_id, since, created_at, updated_at,
  former_secret_id, former_until)
select o.id, %(position)s, o.account_id, %(project_id)s, %(url)s, %(description)s, %(types)s, %(is_enabled)s,
       o.secret_id, o.since, o.created_at, %(at)s, o.former_secret_id, o.former_until
  from old o

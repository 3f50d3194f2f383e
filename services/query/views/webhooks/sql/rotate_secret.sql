with old as (
  update view.webhook set valid_to = %(position)s where id = %(id)s and valid_to is null returning *)
insert into view.webhook (
  id, valid_from, account_id, project_id, url, description, types, is_enabled, secret_id, since, created_at, updated_at,
  former_secret_id, former_until)
select o.id, %(position)s, o.account_id, o.project_id, o.url, o.description, o.types, o.is_enabled, %(secret_id)s,
       o.since, o.created_at, %(at)s,
       case when %(former_until)s::timestamptz is null then null else o.secret_id end, %(former_until)s::timestamptz
  from old o

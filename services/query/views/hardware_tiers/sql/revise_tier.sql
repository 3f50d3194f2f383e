with old as (
  update view.hardware_tier set valid_to = %(position)s where id = %(id)s and valid_to is null returning *)
insert into view.hardware_tier (id, valid_from, account_id, tier, is_archived, default_since, created_at, updated_at)
select o.id, %(position)s, o.account_id, %(tier)s::jsonb, o.is_archived,
       case when %(is_default)s then coalesce(o.default_since, %(position)s) end, o.created_at, %(at)s
  from old o

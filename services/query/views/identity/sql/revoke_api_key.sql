with ended as (
  update view.api_key k set valid_to = %(position)s
   where k.id = %(key_id)s and k.valid_to is null
  returning k.*)
insert into view.api_key (id, valid_from, principal_id, name, expires_at, revoked_at, created_at)
select id, %(position)s, principal_id, name, expires_at, %(at)s, created_at
  from ended

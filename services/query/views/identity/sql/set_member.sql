with ended as (
  update view.principal p set valid_to = %(position)s
   where p.id = %(principal_id)s and p.valid_to is null
  returning p.*)
insert into view.principal (
  id, valid_from, kind, handle, name, email, account_id, home_project_id, members, created_at, updated_at)
select id, %(position)s, kind, handle, name, email, account_id, home_project_id,
       members || jsonb_build_object(%(member_id)s::text, %(role)s::text), created_at, %(at)s
  from ended

with ended as (
  update view.project p set valid_to = %(position)s
   where p.id = %(project_id)s and p.valid_to is null
  returning p.*)
insert into view.project (
  id, valid_from, account_id, handle, name, description, is_home, collaborators, created_at, updated_at)
select id, %(position)s, account_id, handle, name, description, is_home,
       collaborators || jsonb_build_object(%(principal_id)s::text, %(role)s::text), created_at, %(at)s
  from ended

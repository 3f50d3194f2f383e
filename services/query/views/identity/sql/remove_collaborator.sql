with ended as (
  update view.project p set valid_to = %(position)s
   where p.id = %(project_id)s and p.valid_to is null
  returning p.*)
insert into view.project (
  id, valid_from, account_id, handle, name, description, is_home, collaborators, created_at, updated_at)
select id, %(position)s, account_id, handle, name, description, is_home, collaborators - %(principal_id)s::text,
       created_at, %(at)s
  from ended

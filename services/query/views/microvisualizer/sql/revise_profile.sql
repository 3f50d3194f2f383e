with ended as (
  update view.project_profile p set valid_to = %(position)s
   where p.id = %(project_id)s and p.valid_to is null
  returning p.*)
insert into view.project_profile (
  id, valid_from, account_id, handle, name, description, archived, created_by, created_with, created_at, updated_by,
  updated_with, updated_at)
select id, %(position)s, account_id, handle, %(name)s, %(description)s, %(archived)s, created_by, created_with,
       created_at, %(actor)s, %(credential_id)s, %(at)s
  from ended

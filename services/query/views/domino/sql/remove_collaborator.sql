with ended as (
  update view.domino_project p set valid_to = %(position)s
   where p.id = %(project_id)s and p.valid_to is null
  returning p.*)
insert into view.domino_project (
  id, valid_from, account_id, archived, profile, collaborators, created_at, updated_at)
select id, %(position)s, account_id, archived, profile, collaborators - %(principal_id)s::text, created_at, %(at)s
  from ended

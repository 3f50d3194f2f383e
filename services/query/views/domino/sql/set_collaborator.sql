with ended as (
  update view.domino_project p set valid_to = %(position)s
   where p.id = %(project_id)s and p.valid_to is null
  returning p.*)
insert into view.domino_project (
  id, valid_from, account_id, archived, profile, collaborators, created_at, updated_at)
select id, %(position)s, account_id, archived, profile,
       collaborators || jsonb_build_object(%(principal_id)s::text, %(role)s::text), created_at, %(at)s
  from ended

-- keyed
select p.id, p.account_id, p.handle, p.name, p.description, p.is_home, p.collaborators::text, p.created_at, p.updated_at
  from view.project p
 where valid(p) and p.id = %(project_id)s

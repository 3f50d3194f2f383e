select p.id, p.account_id, p.profile::text, p.collaborators::text, p.created_at, p.updated_at
  from view.domino_project p
 where valid(p) and p.id = %(project_id)s and not p.archived

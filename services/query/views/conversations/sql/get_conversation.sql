-- keyed
select s.id, s.project_id, s.name, s.description, s.conversation, s.created_at, s.updated_at, s.created_by, s.updated_by
  from view.service s
 where valid(s) and s.id = %(service_id)s and s.project_id = %(project_id)s and s.conversation is not null

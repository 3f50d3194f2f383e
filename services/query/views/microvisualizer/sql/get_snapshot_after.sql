select s.service_id, s.project_id, s.slug, s.name, s.description, s.participation, s.created_by,
       s.created_with, s.created_at, s.updated_by, s.updated_with, s.opened_at, s.closed_at
  from view.snapshot s
 where s.service_id = %(service_id)s and s.valid_from = %(position)s

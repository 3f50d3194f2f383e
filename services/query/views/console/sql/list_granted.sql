select s.id, s.project_id from view.service s where valid(s) and s.id = any(%(service_ids)s::text[])

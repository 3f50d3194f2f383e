select s.id from view.service s
 where valid(s) and s.project_id = %(project_id)s and s.id = any(%(service_ids)s::text[])

select s.service_id, s.project_id, s.slug, s.name, s.description, s.participation, s.created_by,
       s.created_with, s.created_at, s.updated_by, s.updated_with, s.opened_at, s.closed_at
  from view.snapshot s
 where valid(s) and s.project_id = %(project_id)s and (s.slug, s.service_id) > (%(after_slug)s, %(after_id)s)
   and (%(only)s::text[] is null or s.service_id = any(%(only)s::text[]))
 order by s.slug, s.service_id
 limit %(limit)s

-- Removed ones too: their changes stay to be read.
select distinct c.service_id from view.service_change c
 where c.project_id = %(project_id)s and c.service_id = any(%(service_ids)s::text[])

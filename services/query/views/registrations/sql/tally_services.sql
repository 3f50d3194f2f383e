select coalesce(sum(t.live), 0)::bigint as total from view.service_tally t where t.project_id = %(project_id)s

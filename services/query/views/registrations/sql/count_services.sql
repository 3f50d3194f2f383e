select count(*) as total from view.service s where valid(s) and s.project_id = %(project_id)s $found $where

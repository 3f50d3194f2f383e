select count(*) as total
  from view.service s
 where (s.id, s.valid_from) in (
         select s.id, s.valid_from from view.service s
            where valid(s) and s.project_id = %(project_id)s $found)
   $where

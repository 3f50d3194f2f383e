-- Of removed ones too.
select s.project_id from view.service s where s.id = %(service_id)s order by s.valid_from desc limit 1

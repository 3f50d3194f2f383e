-- A service never leaves its project; also of removed ones.
select distinct s.id, s.project_id from view.service s where s.id = any(%(ids)s)

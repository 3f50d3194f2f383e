-- Also of a service that was removed.
select s.project_id from view.service s where s.id = %(service_id)s limit 1

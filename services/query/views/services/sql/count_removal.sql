-- Before the row is closed: a service that is not there leaves the count alone.
update view.service_tally t set live = t.live - 1
  from view.service s
 where s.id = %(service_id)s and s.valid_to is null and t.project_id = s.project_id

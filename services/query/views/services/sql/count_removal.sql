-- After the row was closed: a service that was not there leaves the count alone.
update view.service_tally t set live = t.live - 1
  from view.service s
 where s.id = %(service_id)s and s.valid_to = %(position)s and s.removed_by_force is not null and t.project_id = s.project_id

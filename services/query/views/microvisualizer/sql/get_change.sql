select c.service_id, c.position, c.last_position
  from view.service_change c
 where c.change_id = %(change_id)s and c.project_id = %(project_id)s and c.position <= %(until)s

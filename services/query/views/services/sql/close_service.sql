update view.service
   set valid_to = %(position)s, removed_by_force = %(force)s
 where id = %(service_id)s and valid_to is null

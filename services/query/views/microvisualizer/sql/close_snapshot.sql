update view.snapshot
   set valid_to = %(position)s, closed_at = %(at)s
 where service_id = %(service_id)s and valid_to is null

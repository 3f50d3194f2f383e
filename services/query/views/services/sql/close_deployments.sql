update view.deployment
   set valid_to = %(position)s
 where service_id = %(service_id)s and valid_to is null

update view.certificate c set valid_to = %(position)s
 where c.service_id = %(service_id)s and c.valid_to is null

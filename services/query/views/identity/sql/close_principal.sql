update view.principal set valid_to = %(position)s where id = %(principal_id)s and valid_to is null

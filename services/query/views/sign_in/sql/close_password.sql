update view.password set valid_to = %(position)s where principal_id = %(principal_id)s and valid_to is null

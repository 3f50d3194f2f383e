update view.access_grant set valid_to = %(position)s where id = %(grant_id)s and valid_to is null

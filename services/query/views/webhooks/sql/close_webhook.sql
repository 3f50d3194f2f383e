update view.webhook set valid_to = %(position)s where id = %(id)s and valid_to is null

update view.node set valid_to = %(position)s where name = %(name)s and valid_to is null

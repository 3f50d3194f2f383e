update view.share set valid_to = %(position)s where project_id = %(project_id)s and valid_to is null

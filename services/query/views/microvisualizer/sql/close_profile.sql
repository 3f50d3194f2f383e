update view.project_profile set valid_to = %(position)s where id = %(project_id)s and valid_to is null

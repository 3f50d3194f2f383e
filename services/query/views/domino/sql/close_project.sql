update view.domino_project set valid_to = %(position)s where id = %(project_id)s and valid_to is null

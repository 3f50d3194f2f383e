update view.pin set valid_to = %(position)s
 where principal_id = %(principal_id)s and project_id = %(project_id)s and valid_to is null

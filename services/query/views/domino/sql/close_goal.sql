update view.project_goal set valid_to = %(position)s where id = %(goal_id)s and valid_to is null

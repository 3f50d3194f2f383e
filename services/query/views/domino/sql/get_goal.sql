select g.id, g.project_id, g.title, g.description, g.assignee_id, g.stage_id, g.is_complete, g.created_by, g.created_at
  from view.project_goal g
 where valid(g) and g.project_id = %(project_id)s and g.id = %(goal_id)s

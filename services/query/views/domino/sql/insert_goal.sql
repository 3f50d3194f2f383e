insert into view.project_goal (
  id, valid_from, project_id, title, description, assignee_id, stage_id, is_complete, created_by, created_at)
values (
  %(goal_id)s, %(position)s, %(project_id)s, %(title)s, %(description)s, %(assignee_id)s, %(stage_id)s, false,
  %(created_by)s, %(at)s)

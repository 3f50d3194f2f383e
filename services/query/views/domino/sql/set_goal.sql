with ended as (
  update view.project_goal g set valid_to = %(position)s
   where g.id = %(goal_id)s and g.valid_to is null
  returning g.*)
insert into view.project_goal (
  id, valid_from, project_id, title, description, assignee_id, stage_id, is_complete, created_by, created_at)
select id, %(position)s, project_id, title, description, assignee_id, stage_id, %(is_complete)s, created_by, created_at
  from ended

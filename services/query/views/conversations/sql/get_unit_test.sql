select t.id, t.project_id, t.service_id, t.name, t.description, t.version_set_name, t.persona_id, t.scenario_id,
       t.interactions_max, t.success_criteria, t.tags, t.is_deleted, t.created_at, t.updated_at, t.created_by, t.updated_by
  from view.unit_test t
 where valid(t) and t.id = %(unit_test_id)s and t.project_id = %(project_id)s

insert into view.unit_test (
  id, valid_from, project_id, service_id, name, description, version_set_name, persona_id, scenario_id,
  interactions_max, success_criteria, tags, is_deleted, created_at, updated_at, created_by, updated_by)
values (
  %(unit_test_id)s, %(position)s, %(project_id)s, %(service_id)s, %(name)s, %(description)s, %(version_set_name)s,
  %(persona_id)s, %(scenario_id)s, %(interactions_max)s, %(success_criteria)s, %(tags)s, false, %(at)s, %(at)s,
  %(actor)s, %(actor)s)

-- A deleted test stays readable as that.
with ended as (
  update view.unit_test t set valid_to = %(position)s
   where t.id = %(unit_test_id)s and t.valid_to is null
  returning t.*)
insert into view.unit_test (
  id, valid_from, project_id, service_id, name, description, version_set_name, persona_id, scenario_id,
  interactions_max, success_criteria, tags, is_deleted, created_at, updated_at, created_by, updated_by)
select id, %(position)s, project_id, service_id, name, description, version_set_name, persona_id, scenario_id,
       interactions_max, success_criteria, tags, true, created_at, %(at)s, created_by, %(actor)s
  from ended

-- A new version of the row; what is null in the write stays as it was.
with ended as (
  update view.record r set valid_to = %(position)s
   where r.id = %(record_id)s and r.valid_to is null
  returning r.*)
insert into view.record (
  id, valid_from, project_id, kind, name, description, is_deprecated, versions, created_at, updated_at)
select id, %(position)s, project_id, kind, coalesce(%(new_name)s::text, name),
       coalesce(%(new_description)s::text, description), coalesce(%(new_deprecated)s::boolean, is_deprecated),
       coalesce(%(new_versions)s::int, versions), created_at, %(at)s
  from ended

-- A new snapshot; what is null in the write stays as it was.
with ended as (
  update view.snapshot s set valid_to = %(position)s, closed_at = %(at)s
   where s.service_id = %(service_id)s and s.valid_to is null
  returning s.*)
insert into view.snapshot (
  service_id, valid_from, project_id, slug, name, description, participation, created_by, created_with,
  created_at, updated_by, updated_with, opened_at)
select service_id, %(position)s, project_id, coalesce(%(slug)s::text, slug), coalesce(%(name)s::text, name),
       coalesce(%(description)s::text, description), coalesce(%(participation)s::text, participation),
       created_by, created_with, created_at, %(actor)s, %(credential_id)s, %(at)s
  from ended

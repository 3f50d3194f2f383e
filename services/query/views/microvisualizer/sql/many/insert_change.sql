with $given
insert into view.service_change (
  service_id, command_id, project_id, position, last_position, change_id, kind, slug, name, actor, credential_id, at)
select s.service_id, w_command_id, s.project_id, w_position, w_position, w_change_id, w_kind, s.slug, s.name,
       w_actor, w_credential_id, w_at
  from given
 cross join lateral (
   select s.* from view.snapshot s where s.service_id = w_service_id order by s.valid_from desc limit 1) s
on conflict (service_id, command_id) do update
   set last_position = excluded.last_position, slug = excluded.slug, name = excluded.name

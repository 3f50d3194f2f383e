-- After the snapshot's own write: the newest row of the service is what the change left, or ended.
-- A second event of one command is the same change.
insert into view.service_change (
  service_id, command_id, project_id, position, last_position, change_id, kind, slug, name, actor, credential_id, at)
select s.service_id, %(command_id)s, s.project_id, %(position)s, %(position)s, %(change_id)s, %(kind)s, s.slug, s.name,
       %(actor)s, %(credential_id)s, %(at)s
  from view.snapshot s
 where s.service_id = %(service_id)s
 order by s.valid_from desc
 limit 1
on conflict (service_id, command_id) do update
   set last_position = excluded.last_position, slug = excluded.slug, name = excluded.name

-- Those that are no longer there end, those that are new begin, the others go on.
with wanted as (
  select array(select json_array_elements_text(%(tags)s::json)) as tags),
ended as (
  update view.conversation_tag t set valid_to = %(position)s
    from wanted w
   where t.service_id = %(service_id)s and t.valid_to is null and t.tag <> all(w.tags))
insert into view.conversation_tag (project_id, service_id, tag, valid_from)
select s.project_id, s.id, u.tag, %(position)s
  from wanted w
  join view.service s on s.id = %(service_id)s and s.valid_to is null
 cross join unnest(w.tags) as u(tag)
 where not exists (
   select from view.conversation_tag t
    where t.service_id = s.id and t.tag = u.tag collate "C" and t.valid_to is null)

with $given,
wanted as (
  select w_service_id, w_position, array(select json_array_elements_text(w_tags::json)) as tags from given),
ended as (
  update view.conversation_tag t set valid_to = w.w_position
    from wanted w
   where t.service_id = w.w_service_id and t.valid_to is null and t.tag <> all(w.tags))
insert into view.conversation_tag (project_id, service_id, tag, valid_from)
select s.project_id, s.id, u.tag, w.w_position
  from wanted w
  join view.service s on s.id = w.w_service_id and s.valid_to is null
 cross join unnest(w.tags) as u(tag)
 where not exists (
   select from view.conversation_tag t
    where t.service_id = s.id and t.tag = u.tag collate "C" and t.valid_to is null)

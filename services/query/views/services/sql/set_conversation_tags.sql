-- Those that are no longer there end, those that are new begin, the others go on.
with ended as (
  update view.conversation_tag t set valid_to = %(position)s
   where t.service_id = %(service_id)s and t.valid_to is null and t.tag <> all(%(tags)s::text[]))
insert into view.conversation_tag (project_id, service_id, tag, valid_from)
select s.project_id, s.id, w.tag, %(position)s
  from unnest(%(tags)s::text[]) as w(tag)
  join view.service s on s.id = %(service_id)s and s.valid_to is null
 where not exists (
   select from view.conversation_tag t
    where t.service_id = s.id and t.tag = w.tag collate "C" and t.valid_to is null)

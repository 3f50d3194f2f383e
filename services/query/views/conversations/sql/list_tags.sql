-- Of a past moment, or of some services only.
select distinct t.tag
  from view.conversation_tag t
 where valid(t) and t.project_id = %(project_id)s
   and (%(visible)s::text[] is null or t.service_id = any(%(visible)s::text[]))
 order by t.tag
 limit %(limit)s

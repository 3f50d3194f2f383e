-- Of a past moment, or of some services only.
select distinct word collate "C" as tag
  from view.service s, unnest(s.conversation_tags) as word
 where valid(s) and s.project_id = %(project_id)s and s.conversation_tags_key is not null
   and (%(visible)s::text[] is null or s.id = any(%(visible)s::text[]))
   and word not like '%%:*'
 order by tag
 limit %(limit)s

-- A line that ends in a word of `shape` is there only where the question needs it, and of the orders
-- only the one that was asked for (shape.py): each of them is read along an index. Those of a past moment
-- are found in an index first, so that no others are looked at.
select s.id, s.project_id, s.name, s.description, s.conversation, s.created_at, s.updated_at, s.created_by, s.updated_by
  from view.service s
 where valid(s) and s.project_id = %(project_id)s and s.conversation is not null -- shape: now
 where (s.id, s.valid_from) in ( -- shape: then
   select f.id, f.valid_from from view.service f -- shape: then
    where valid(f) and f.project_id = %(project_id)s and f.conversation is not null) -- shape: then
   and s.id = any(%(ids)s::text[]) -- shape: ids
   and s.id = any(%(visible)s::text[]) -- shape: visible
   and s.conversation_active = %(is_active)s::boolean -- shape: is_active
   and s.conversation_tags @> %(tags)s::text[] -- shape: tags
 order by s.id -- shape: made
 order by s.name collate "C", s.id -- shape: +name
 order by s.name collate "C" desc, s.id desc -- shape: -name
 order by s.conversation_active, s.id -- shape: +is_active
 order by s.conversation_active desc, s.id desc -- shape: -is_active
 order by s.conversation_active, s.name collate "C", s.id -- shape: +is_active +name
 order by s.conversation_active, s.name collate "C" desc, s.id desc -- shape: +is_active -name
 order by s.conversation_active desc, s.name collate "C", s.id -- shape: -is_active +name
 order by s.conversation_active desc, s.name collate "C" desc, s.id desc -- shape: -is_active -name
 order by s.name collate "C", s.conversation_active, s.id -- shape: +name +is_active
 order by s.name collate "C", s.conversation_active desc, s.id -- shape: +name -is_active
 order by s.name collate "C" desc, s.conversation_active, s.id desc -- shape: -name +is_active
 order by s.name collate "C" desc, s.conversation_active desc, s.id desc -- shape: -name -is_active
 limit %(limit)s offset %(offset)s

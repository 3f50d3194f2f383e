-- From one set of tags to the next along the index: as many steps as there are different sets, however
-- many services have them.
with recursive step(key, tags) as (
  (select s.conversation_tags_key, s.conversation_tags
     from view.service s
    where valid(s) and s.project_id = %(project_id)s and s.conversation_tags_key is not null
    order by s.conversation_tags_key limit 1)
  union all
  select n.conversation_tags_key, n.conversation_tags
    from step, lateral (
      select s.conversation_tags_key, s.conversation_tags
        from view.service s
       where valid(s) and s.project_id = %(project_id)s and s.conversation_tags_key > step.key
       order by s.conversation_tags_key limit 1) n)
select distinct word collate "C" as tag
  from step, unnest(step.tags) as word
 where word not like '%%:*'
 order by tag
 limit %(limit)s

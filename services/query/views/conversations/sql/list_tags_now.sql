-- From one tag to the next along the index: as many steps as there are different tags.
with recursive step(tag) as (
  (select t.tag from view.conversation_tag t
    where valid(t) and t.project_id = %(project_id)s
    order by t.tag limit 1)
  union all
  select (select t.tag from view.conversation_tag t
           where valid(t) and t.project_id = %(project_id)s and t.tag > step.tag
           order by t.tag limit 1)
    from step where step.tag is not null)
select step.tag from step where step.tag is not null limit %(limit)s

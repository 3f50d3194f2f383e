-- `goal` is merged into what the goal is; null takes it away.
with old as (
  update view.execution_place set valid_to = %(position)s where id = %(id)s and valid_to is null returning *)
insert into view.execution_place (id, valid_from, account_id, handle, name, repository, results, goals)
select o.id, %(position)s, o.account_id, o.handle, o.name, o.repository, o.results,
       case when %(goal)s::text is null then o.goals - %(goal_id)s::text
            else o.goals || jsonb_build_object(
              %(goal_id)s::text, coalesce(o.goals->%(goal_id)s::text, '{}') || %(goal)s::jsonb) end
  from old o

with old as (
  update view.execution_place set valid_to = %(position)s where id = %(id)s and valid_to is null returning *)
insert into view.execution_place (id, valid_from, account_id, handle, name, repository, results, goals)
select o.id, %(position)s, o.account_id, o.handle, coalesce(%(name)s::text, o.name), o.repository,
       coalesce(%(results)s::text, o.results), o.goals
  from old o

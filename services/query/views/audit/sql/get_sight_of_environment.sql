-- The visibility of an environment never changes.
select e.account_id, e.visibility from view.environment e where e.id = %(id)s limit 1

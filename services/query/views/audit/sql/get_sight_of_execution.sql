-- Whose an execution is; it never leaves its project.
select x.project_id, x.account_id from view.execution x where x.id = %(id)s limit 1

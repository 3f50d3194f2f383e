-- Who may see its lines: the project of a job, the environment of a build.
select x.kind, x.project_id, e.account_id, e.visibility, x.outcome, x.message
  from view.execution x
  left join view.environment e on e.id = x.environment_id and valid(e)
 where valid(x) and x.id = %(id)s

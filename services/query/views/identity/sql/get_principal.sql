-- keyed. By handle too, for handles are unique for ever.
select p.id, p.kind, p.handle, p.name, p.email, p.account_id, p.home_project_id, p.members::text, p.created_at,
       p.updated_at
  from view.principal p
 where valid(p) and (p.id = %(key)s or p.handle = %(key)s)
 order by p.id = %(key)s desc
 limit 1

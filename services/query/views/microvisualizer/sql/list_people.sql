-- What members are called today, those too who are gone.
select distinct on (p.id) p.id, coalesce(p.email, p.name)
  from view.principal p
 where p.id = any(%(ids)s)
 order by p.id, p.valid_from desc

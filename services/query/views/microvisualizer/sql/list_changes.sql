with page as (
  select c.* from view.service_change c
   where c.project_id = %(project_id)s and c.position <= %(until)s
   order by c.position desc limit %(limit)s offset %(offset)s)
select t.total, p.change_id, p.slug, p.name, p.kind, p.actor, p.credential_id, p.at
  from (select count(*) as total from view.service_change c
         where c.project_id = %(project_id)s and c.position <= %(until)s) t
  left join page p on true
 order by p.position desc

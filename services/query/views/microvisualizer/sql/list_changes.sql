with page as (
  select c.* from view.service_change c
   where c.project_id = %(project_id)s and c.position <= %(until)s
     and (%(only)s::text[] is null or c.service_id = any(%(only)s::text[]))
   order by c.position desc limit %(limit)s offset %(offset)s)
select t.total, p.change_id, p.slug, p.name, p.kind, p.actor, p.credential_id, p.at
  from (select count(*) as total from view.service_change c
         where c.project_id = %(project_id)s and c.position <= %(until)s
           and (%(only)s::text[] is null or c.service_id = any(%(only)s::text[]))) t
  left join page p on true
 order by p.position desc

with matched as materialized (
  select g.* from view.access_grant g
   where valid(g)
     and (%(everyone)s or g.principal_id = any(%(principals)s::text[]))
     and (%(principal_id)s::text is null or g.principal_id = %(principal_id)s)),
page as (
  select m.* from matched m order by m.created_at, m.id limit %(limit)s offset %(offset)s)
select t.total, g.id, g.principal_id, g.action, g.resource, g.created_at
  from (select count(*) as total from matched) t
  left join page g on true
 order by g.created_at, g.id

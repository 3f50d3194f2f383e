-- The total is there also for a page past the end, whose other columns are null.
with page as (
  select r.* from view.record r
   where valid(r) and r.project_id = %(project_id)s and r.kind = %(kind)s
   order by r.id desc limit %(limit)s offset %(offset)s)
select t.total, p.id, p.project_id, p.kind, p.name, p.description, p.is_deprecated, p.versions, p.created_at, p.updated_at
  from (select count(*) as total from view.record r
         where valid(r) and r.project_id = %(project_id)s and r.kind = %(kind)s) t
  left join page p on true
 order by p.id desc

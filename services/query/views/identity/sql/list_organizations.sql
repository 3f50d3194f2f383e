-- The total is there also for a page past the end, whose other columns are null.
with matched as materialized (
  select p.* from view.principal p
   where valid(p) and p.kind = 'organization'
     and (%(everyones)s or p.id = any(%(ids)s::text[]))
     and (%(exact_name)s::text is null or p.name = %(exact_name)s)
     and (%(name_part)s::text is null or strpos(lower(p.name), lower(%(name_part)s)) > 0)),
page as (
  select m.* from matched m order by m.created_at, m.id limit %(limit)s offset %(offset)s)
select t.total, p.id, p.kind, p.handle, p.name, p.email, p.account_id, p.home_project_id, p.members::text, p.created_at,
       p.updated_at
  from (select count(*) as total from matched) t
  left join page p on true
 order by p.created_at, p.id

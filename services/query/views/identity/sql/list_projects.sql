with matched as materialized (
  select p.* from view.project p
   where valid(p)
     and (%(everything)s or p.id = any(%(ids)s::text[]))
     and not p.id = any(%(hidden)s::text[])
     and (%(account_id)s::text is null or p.account_id = %(account_id)s)),
page as (
  select m.* from matched m order by m.created_at, m.id limit %(limit)s offset %(offset)s)
select t.total, p.id, p.account_id, p.handle, p.name, p.description, p.is_home, p.collaborators::text, p.created_at, p.updated_at
  from (select count(*) as total from matched) t
  left join page p on true
 order by p.created_at, p.id

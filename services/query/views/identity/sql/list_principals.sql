-- `everyone`, or those named and all who belong to one of the accounts.
with matched as materialized (
  select p.* from view.principal p
   where valid(p)
     and (%(everyone)s or p.id = any(%(ids)s::text[]) or p.account_id = any(%(accounts)s::text[]))
     and (%(kind)s::text is null or p.kind = %(kind)s)),
page as (
  select m.* from matched m order by m.created_at, m.id limit %(limit)s offset %(offset)s)
select t.total, p.id, p.kind, p.handle, p.name, p.email, p.account_id, p.home_project_id, p.members::text, p.created_at,
       p.updated_at
  from (select count(*) as total from matched) t
  left join page p on true
 order by p.created_at, p.id

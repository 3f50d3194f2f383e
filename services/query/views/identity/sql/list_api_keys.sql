with matched as materialized (
  select k.* from view.api_key k
   where valid(k)
     and (%(everyone)s or k.principal_id = any(%(principals)s::text[]))
     and (%(principal_id)s::text is null or k.principal_id = %(principal_id)s)),
page as (
  select m.* from matched m order by m.created_at, m.id limit %(limit)s offset %(offset)s)
select t.total, k.id, k.principal_id, k.name, k.expires_at, k.revoked_at, k.created_at
  from (select count(*) as total from matched) t
  left join page k on true
 order by k.created_at, k.id

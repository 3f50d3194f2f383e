with matched as materialized (
  select s.* from view.subscription s
   where valid(s)
     and (%(everyone)s or s.account_id = any(%(accounts)s::text[]))
     and (%(account_id)s::text is null or s.account_id = %(account_id)s)),
page as (
  select m.* from matched m order by m.created_at, m.id limit %(limit)s offset %(offset)s)
select t.total, s.id, s.account_id, s.key_id, s.name, s.after, s.created_at
  from (select count(*) as total from matched) t
  left join page s on true
 order by s.created_at, s.id

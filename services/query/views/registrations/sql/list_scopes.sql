with matched as materialized (
  select q.* from view.project q
   where valid(q)
     and (%(everything)s or q.id = any(%(ids)s::text[]))
     and not q.id = any(%(hidden)s::text[]) $where),
page as (
  select q.id, q.valid_from from matched q order by $order limit %(limit)s offset %(offset)s)
select t.total, q.id, q.handle, q.name, q.description, q.created_at, q.updated_at
  from (select count(*) as total from matched) t
  left join page g on true
  left join view.project q on q.id = g.id and q.valid_from = g.valid_from
 order by $order

-- The total is there also for a page past the end, whose other columns are null.
with page as (
  select v.* from view.record_version v
   where valid(v) and v.record_id = %(record_id)s
   order by v.number desc limit %(limit)s offset %(offset)s)
select t.total, p.number, p.content, p.created_at, p.created_by
  from (select count(*) as total from view.record_version v where valid(v) and v.record_id = %(record_id)s) t
  left join page p on true
 order by p.number desc

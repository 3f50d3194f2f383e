with page as (
  select a.import_id, a.state, a.begun_at, a.report
    from transfer.arrival a
   order by a.begun_at desc, a.import_id
   limit %(limit)s offset %(offset)s)
select t.total, p.import_id, p.state, p.begun_at, p.report
  from (select count(*) as total from transfer.arrival) t
  left join page p on true
 order by p.begun_at desc, p.import_id

with matched as materialized (
  select d.* from view.deployment d where valid(d) and d.service_id = %(service_id)s),
page as (
  select m.* from matched m order by m.number desc limit %(limit)s offset %(offset)s)
select t.total, p.id, p.number, p.revision, p.trigger, p.commit, p.status, p.reason, p.message, p.last_probe,
       p.exit_cause, p.log_tail, p.created_at, p.finished_at
  from (select count(*) as total from matched) t
  left join page p on true
 order by p.number desc

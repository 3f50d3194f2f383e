-- The settings of scaling in force at the start, and each change until the end.
select c.at, c.policy
  from view.scaling c
 where c.service_id = %(service_id)s and c.kind = 'policy' and c.at < %(until)s
   and c.at >= coalesce((select max(b.at) from view.scaling b
                          where b.service_id = %(service_id)s and b.kind = 'policy' and b.at <= %(start)s),
                        %(start)s)
 order by c.valid_from
 limit 1000

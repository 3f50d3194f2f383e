-- The decisions of the period, and the last one before it: what the first of them had to know.
select c.at, c.previous, c.desired, c.reasons, c.memory
  from view.scaling c
 where c.service_id = %(service_id)s and c.kind = 'decision' and c.at < %(until)s
   and c.at >= coalesce((select max(b.at) from view.scaling b
                          where b.service_id = %(service_id)s and b.kind = 'decision' and b.at <= %(start)s),
                        %(start)s)
 order by c.valid_from
 limit 10000

select e.position, e.recorded_at, e.leaf
  from es.event e
 where e.position between %(first)s and %(last)s
 order by e.position

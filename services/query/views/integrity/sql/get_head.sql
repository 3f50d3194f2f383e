select greatest(l.floor_position,
                coalesce((select e.position from es.event e order by e.position desc limit 1), 0))
  from es.log l
 where l.log = 1

select e.position, e.recorded_at, e.leaf, e.event_id::text, e.account_id
  from es.event e
 where e.position = %(position)s

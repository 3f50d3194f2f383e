select v.verified_at, v.last_position, v.bad_position, v.reason
  from es.verification v
 order by v.verified_at desc
 limit 1

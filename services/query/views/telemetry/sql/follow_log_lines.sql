select l.number, l.at, l.replica_id, l.stream, l.message
  from telemetry.log_line l
 where l.service_id = %(service_id)s and l.number > %(after)s
 order by l.number
 limit %(limit)s

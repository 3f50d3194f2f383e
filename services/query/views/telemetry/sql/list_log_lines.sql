select l.at, l.replica_id, l.stream, l.message
  from telemetry.log_line l
 where l.service_id = %(service_id)s and l.at > %(since)s and l.at <= %(until)s
 order by l.at desc, l.seq desc, l.replica_id desc
 limit %(tail)s

select e.position, e.recorded_at, e.type, e.stream_id, e.version, e.actor, e.credential_id, e.surface, e.command_id::text,
       e.correlation_id::text, e.causation_id::text, e.reason, e.data
  from es.event e
 where e.stream_id = %(stream)s and e.position > %(after)s and e.position <= %(until)s
 order by e.position
 limit %(limit)s

select e.position, e.recorded_at, e.account_id, e.stream_id, e.version, e.event_id::text, e.type, e.schema_version::int,
       e.command_id::text, e.correlation_id::text, e.causation_id::text, e.actor, e.credential_id, e.surface, e.reason, e.data
  from es.event e
 where e.stream_id = %(stream)s and e.position > %(after)s and e.position <= %(until)s
 order by e.version
 limit %(limit)s

select e.position, e.recorded_at, e.account_id, e.stream_id, e.version, e.event_id::text, e.type, e.schema_version::int,
       e.command_id::text, e.correlation_id::text, e.causation_id::text, e.actor, e.credential_id, e.surface, e.reason, e.data
  from es.event e
 where e.position > %(after)s and e.position <= %(until)s
   and (%(accounts)s::text[] is null or e.account_id = any(%(accounts)s::text[]))
   and (%(types)s::text[] is null or e.type = any(%(types)s::text[]))
   and (%(stream)s::text is null or e.stream_id = %(stream)s)
 order by e.position
 limit %(limit)s

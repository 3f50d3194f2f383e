select e.position, e.recorded_at, e.account_id, e.stream_id, e.version, e.event_id::text, e.type, e.schema_version::int,
       e.command_id::text, e.correlation_id::text, e.causation_id::text, e.actor, e.credential_id, e.surface, e.reason, e.data
  from view.service_event h
  join es.event e on e.position = h.position
 where h.service_id = %(id)s and h.position > %(after)s and h.position <= %(until)s
 order by h.position
 limit %(limit)s

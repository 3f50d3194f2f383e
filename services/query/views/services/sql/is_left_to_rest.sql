-- Whether it came with an import that deploys nothing, and nobody has changed it here since.
select exists (
  select from es.import i
    join es.stream t on t.last_position between i.first_position and i.last_position
   where not i.deploys and t.stream_id = 'service-' || %(service_id)s::text)

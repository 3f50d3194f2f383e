-- Whatever moment is asked for: an erasure reaches every past.
select e.stream_id, max(e.position) from es.event e where e.stream_id = any(%(streams)s::text[]) group by e.stream_id

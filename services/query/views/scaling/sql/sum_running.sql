-- How long replicas ran inside the period, as the log tells it.
select coalesce(sum(extract(epoch from
         least(coalesce(r.stopped_at, %(until)s), %(until)s::timestamptz) - greatest(r.started_at, %(start)s::timestamptz))),
         0)::float8
  from view.replica r
 where r.valid_to is null and r.service_id = %(service_id)s
   and r.started_at < %(until)s and coalesce(r.stopped_at, %(until)s) > %(start)s

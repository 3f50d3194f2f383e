-- How long its last replicas took from their start to be ready; null where none was.
select percentile_cont(0.5) within group (order by extract(epoch from t.ready_at - t.started_at))::float8
  from (select r.ready_at, r.started_at
          from view.replica r
         where r.service_id = %(service_id)s and r.valid_to is null and r.ready_at is not null
           and r.started_at < %(until)s
         order by r.valid_from desc
         limit 50) t

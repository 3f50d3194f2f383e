-- Each change of the bounds or of the number of wanted replicas in the period.
select t.updated_at, t.low, t.high, t.wanted, t.before
  from (select s.updated_at, s.valid_from,
               (s.workload::json ->> 'replicas_min')::int as low, (s.workload::json ->> 'replicas_max')::int as high,
               s.replicas_wanted as wanted,
               lag(s.replicas_wanted) over w as before, lag(s.workload::json ->> 'replicas_min') over w as low_before,
               lag(s.workload::json ->> 'replicas_max') over w as high_before
          from view.service s
         where s.id = %(service_id)s and s.workload is not null and s.updated_at < %(until)s
        window w as (order by s.valid_from)) t
 where t.updated_at > %(start)s
   and (t.wanted is distinct from t.before or t.low::text is distinct from t.low_before
        or t.high::text is distinct from t.high_before)
 order by t.valid_from
 limit 10000

-- With the replica that ended the wait (the first to be ready after the request came), and the decision
-- that woke the service for it. A millisecond's slack: edge and log round differently.
select c.at, c.held_ms, c.first_byte_ms,
       (extract(epoch from w.at - c.at) * 1000)::int,
       case when r.started_at >= c.at then (extract(epoch from r.started_at - c.at) * 1000)::int end,
       (extract(epoch from r.ready_at - c.at) * 1000)::int
  from telemetry.cold_start c
  left join lateral (
    select p.started_at, p.ready_at
      from view.replica p
     where p.service_id = c.service_id and p.ready_at >= c.at
       and p.ready_at <= c.at + (c.held_ms + 1000) * interval '1 millisecond'
     order by p.ready_at, p.valid_from
     limit 1) r on true
  left join lateral (
    select d.at
      from view.scaling d
     where d.service_id = c.service_id and d.kind = 'decision' and d.previous = 0
       and d.at >= c.at - interval '1 millisecond' and d.at <= r.ready_at
     order by d.at
     limit 1) w on true
 where c.service_id = %(service_id)s and c.at >= %(start)s and c.at < %(until)s
 order by c.at desc, c.number desc
 limit %(limit)s

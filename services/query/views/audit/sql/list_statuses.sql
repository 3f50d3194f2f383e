-- Before its first rollout begins (in the same command) a service is not yet to do anything.
select s.valid_from, s.valid_to, case when s.rollout is not null then s.status end, e.recorded_at
  from view.service s
  join es.event e on e.position = s.valid_from
 where s.id = %(service_id)s and s.valid_from <= %(until)s
 order by s.valid_from

with $given
update view.service_tally t set live = t.live - g.gone
  from (
    select s.project_id, count(*) as gone
      from given
      join view.service s on s.id = w_service_id and s.valid_to is null
     group by s.project_id) g
 where t.project_id = g.project_id

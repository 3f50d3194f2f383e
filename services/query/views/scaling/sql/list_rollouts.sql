select d.created_at, d.finished_at
  from view.deployment d
 where d.service_id = %(service_id)s and d.valid_to is null and d.created_at < %(until)s
 order by d.number

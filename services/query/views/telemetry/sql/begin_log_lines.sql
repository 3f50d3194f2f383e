-- After which number the newest lines are as many as asked for; 0 where there are fewer.
select coalesce((select l.number from telemetry.log_line l
                  where l.service_id = %(service_id)s
                  order by l.number desc offset %(tail)s limit 1), 0)

-- The label is compared as its JSON text, whose quotes no label's own text can hold unescaped.
select s.id, s.project_id, s.registration, s.labels, w.url, w.is_healthy
  from view.service s
  left join view.watch w on w.service_id = s.id and w.valid_to is null
 where s.valid_to is null and s.labels like '%%["chronoplane.watch","true"]%%'
   and s.workload is null and s.registration is not null and s.id > %(after_id)s
   and (%(service_id)s::text is null or s.id = %(service_id)s)
 order by s.id
 limit %(limit)s

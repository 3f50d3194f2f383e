select s.id, s.project_id, s.workload::json ->> 'custom_domain', s.slug,
       case when d.domain = s.workload::json ->> 'custom_domain' then d.is_verified end
  from view.service s
  left join view.custom_domain d on d.service_id = s.id and d.valid_to is null
 where s.valid_to is null and (s.workload::json ->> 'custom_domain') is not null and s.id > %(after_id)s
   and (%(service_id)s::text is null or s.id = %(service_id)s)
 order by s.id
 limit %(limit)s

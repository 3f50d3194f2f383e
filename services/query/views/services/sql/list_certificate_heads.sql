-- A certificate is of use while its service lives and has that domain.
select c.service_id, c.domain, c.valid_from
  from view.certificate c
  join view.service s on s.id = c.service_id and s.valid_to is null
 where c.valid_to is null and s.workload::json ->> 'custom_domain' = c.domain and c.service_id > %(after_id)s
 order by c.service_id
 limit %(limit)s

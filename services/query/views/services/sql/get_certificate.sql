select c.account_id, c.domain, c.valid_from, c.chain, c.key_id
  from view.certificate c
  join view.service s on s.id = c.service_id and s.valid_to is null
 where c.valid_to is null and s.workload::json ->> 'custom_domain' = c.domain and c.service_id = %(service_id)s

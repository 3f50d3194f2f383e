select s.id, s.project_id, c.names, c.not_before, c.not_after, c.issuer, c.fingerprint, c.at
  from view.service s
  left join view.certificate c
    on c.service_id = s.id and valid(c) and c.domain = s.workload::json ->> 'custom_domain'
 where valid(s) and (s.workload::json ->> 'custom_domain') is not null
   and s.workload::json ->> 'custom_domain' = %(domain)s

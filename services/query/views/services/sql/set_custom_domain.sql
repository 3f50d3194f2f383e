with ended as (
  update view.custom_domain d set valid_to = %(position)s
   where d.service_id = %(service_id)s and d.valid_to is null
  returning 1)
-- Through `ended`, so that the row before is closed first: only one may be open.
insert into view.custom_domain (service_id, valid_from, project_id, domain, is_verified, reason, at)
select %(service_id)s, %(position)s, %(project_id)s, %(domain)s, %(is_verified)s, %(reason)s, %(at)s
  from (select count(*) from ended) one

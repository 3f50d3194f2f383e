with ended as (
  update view.custom_domain d set valid_to = %(position)s
   where d.service_id = %(service_id)s and d.valid_to is null)
insert into view.custom_domain (service_id, valid_from, project_id, domain, is_verified, reason, at)
values (%(service_id)s, %(position)s, %(project_id)s, %(domain)s, %(is_verified)s, %(reason)s, %(at)s)

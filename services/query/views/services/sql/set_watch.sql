with ended as (
  update view.watch w set valid_to = %(position)s
   where w.service_id = %(service_id)s and w.valid_to is null)
insert into view.watch (service_id, valid_from, project_id, url, is_healthy, reason, at)
values (%(service_id)s, %(position)s, %(project_id)s, %(url)s, %(is_healthy)s, %(reason)s, %(at)s)

with ended as (
  update view.watch w set valid_to = %(position)s
   where w.service_id = %(service_id)s and w.valid_to is null
  returning 1)
-- Through `ended`, so that the row before is closed first: only one may be open.
insert into view.watch (service_id, valid_from, project_id, url, is_healthy, reason, at)
select %(service_id)s, %(position)s, %(project_id)s, %(url)s, %(is_healthy)s, %(reason)s, %(at)s
  from (select count(*) from ended) one

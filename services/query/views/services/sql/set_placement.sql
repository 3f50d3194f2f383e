with ended as (
  update view.placement p set valid_to = %(position)s
   where p.service_id = %(service_id)s and p.valid_to is null
  returning p.service_id)
insert into view.placement (service_id, valid_from, why)
select %(service_id)s, %(position)s, %(why)s::text
  from (select 1) one
  left join ended e on true

with ended as (
  update view.quota q set valid_to = %(position)s
   where q.project_id = %(project_id)s and q.valid_to is null
  returning q.project_id)
insert into view.quota (project_id, valid_from, services, replicas, cpu, memory_gb, gpus)
select %(project_id)s, %(position)s, %(services)s::int, %(replicas)s::int, %(cpu)s::int, %(memory_gb)s::int, %(gpus)s::int
  from (select 1) one
  left join ended e on true

with $given,
ended as (
  update view.scaling s set valid_to = w_position from given
   where s.service_id = w_service_id and s.valid_to is null
  returning s.*)
insert into view.scaling (
  service_id, valid_from, project_id, kind, at, actor, policy, desired, previous, reasons, inputs, memory)
select w_service_id, w_position, w_project_id, w_kind, w_at, w_actor,
       coalesce(w_policy, e.policy), coalesce(w_desired, e.desired), coalesce(w_previous, e.previous), w_reasons,
       coalesce(w_inputs, e.inputs), coalesce(w_memory, e.memory)
  from given
  left join ended e on e.service_id = w_service_id

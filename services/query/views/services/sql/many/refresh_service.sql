with $given,
counted as (
  select g.*, r.replicas_current, r.replicas_ready
    from given g
   cross join lateral (
     select count(*)::int as replicas_current, count(*) filter (where r.state = 'ready')::int as replicas_ready
       from view.replica r
      where r.service_id = g.w_service_id and r.valid_to is null and r.state <> 'stopped') r),
ended as (
  update view.service s set valid_to = c.w_position
    from counted c
   where s.id = c.w_service_id and s.valid_to is null
     and (s.replicas_current, s.replicas_ready) is distinct from (c.replicas_current, c.replicas_ready)
  returning s.*, c.w_position, c.w_at, c.w_lost, c.replicas_current as now_current, c.replicas_ready as now_ready),
judged as (
  select e.*,
         e.scaling_up and e.now_ready < e.replicas_wanted and e.now_ready >= e.replicas_ready
         and not e.w_lost as new_up
    from ended e)
insert into view.service (
  id, valid_from, account_id, project_id, name, slug, description, labels, revision, version, workload,
  replicas_wanted, rollout, rollout_reason, rollout_message, deployment_id, deployment_number, serving_id,
  replicas_current, replicas_ready, status, created_at, updated_at, registration, conversation, participation,
  created_by, updated_by, scaled_at, scaling_up)
select e.id, e.w_position, e.account_id, e.project_id, e.name, e.slug, e.description, e.labels, e.revision,
       e.version, e.workload, e.replicas_wanted, e.rollout, e.rollout_reason, e.rollout_message, e.deployment_id,
       e.deployment_number, e.serving_id, e.now_current, e.now_ready,
       view.status_of(e.workload, e.replicas_wanted, e.rollout, e.now_ready, e.new_up, e.serving_id is not null),
       e.created_at, e.w_at, e.registration, e.conversation, e.participation, e.created_by, e.updated_by,
       e.scaled_at, e.new_up
  from judged e

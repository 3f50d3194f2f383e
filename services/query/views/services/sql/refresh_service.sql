-- After a change of a replica: a new version of the service only where its counts have changed. One that
-- is growing is so until it is there, or until it loses a replica on the way.
with counted as (
  select count(*)::int as replicas_current, count(*) filter (where r.state = 'ready')::int as replicas_ready
    from view.replica r
   where r.service_id = %(service_id)s and r.valid_to is null and r.state <> 'stopped'),
ended as (
  update view.service s set valid_to = %(position)s
    from counted c
   where s.id = %(service_id)s and s.valid_to is null
     and (s.replicas_current, s.replicas_ready) is distinct from (c.replicas_current, c.replicas_ready)
  returning s.*),
judged as (
  select e.*, c.replicas_current as now_current, c.replicas_ready as now_ready,
         e.scaling_up and c.replicas_ready < e.replicas_wanted and c.replicas_ready >= e.replicas_ready
         and not %(lost)s::boolean as new_up
    from ended e, counted c)
insert into view.service (
  id, valid_from, account_id, project_id, name, slug, description, labels, revision, version, workload,
  replicas_wanted, rollout, rollout_reason, rollout_message, deployment_id, deployment_number, serving_id,
  replicas_current, replicas_ready, status, created_at, updated_at, registration, conversation, participation,
  created_by, updated_by, scaled_at, scaling_up)
select e.id, %(position)s, e.account_id, e.project_id, e.name, e.slug, e.description, e.labels, e.revision,
       e.version, e.workload, e.replicas_wanted, e.rollout, e.rollout_reason, e.rollout_message, e.deployment_id,
       e.deployment_number, e.serving_id, e.now_current, e.now_ready,
       view.status_of(e.workload, e.replicas_wanted, e.rollout, e.now_ready, e.new_up, e.serving_id is not null),
       e.created_at, %(at)s, e.registration, e.conversation, e.participation, e.created_by, e.updated_by,
       e.scaled_at, e.new_up
  from judged e

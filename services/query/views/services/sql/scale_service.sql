-- A decision of the scheduler, kept inside the bounds of this moment: they may have changed since.
with ended as (
  update view.service s set valid_to = %(position)s
   where s.id = %(service_id)s and s.valid_to is null and s.workload is not null
  returning s.*),
next as (
  select e.*,
         least(greatest(%(desired)s::int, (e.workload::json ->> 'replicas_min')::int,
                        (e.rollout = 'in_progress')::int),
               (e.workload::json ->> 'replicas_max')::int) as new_wanted
    from ended e),
judged as (
  select n.*, n.replicas_ready < n.new_wanted and (n.scaling_up or n.new_wanted > n.replicas_wanted) as new_up
    from next n)
insert into view.service (
  id, valid_from, account_id, project_id, name, slug, description, labels, revision, version, workload,
  replicas_wanted, rollout, rollout_reason, rollout_message, deployment_id, deployment_number, serving_id,
  replicas_current, replicas_ready, status, created_at, updated_at, registration, conversation, participation,
  created_by, updated_by, scaled_at, scaling_up)
select id, %(position)s, account_id, project_id, name, slug, description, labels, revision, version, workload,
       new_wanted, rollout, rollout_reason, rollout_message, deployment_id, deployment_number, serving_id,
       replicas_current, replicas_ready,
       view.status_of(workload, new_wanted, rollout, replicas_ready, new_up, serving_id is not null),
       created_at, %(at)s, registration, conversation, participation, created_by, updated_by,
       case when new_wanted <> replicas_wanted then %(at)s::timestamptz else scaled_at end, new_up
  from judged

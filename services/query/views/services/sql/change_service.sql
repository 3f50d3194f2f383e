-- A new version of the row; what is null in the write stays as it was. New bounds keep what is wanted
-- inside them, and every rollout starts one replica at least: even a service that sleeps must prove that
-- the new deployment wakes.
with ended as (
  update view.service s set valid_to = %(position)s
   where s.id = %(service_id)s and s.valid_to is null
  returning s.*),
next as (
  select e.*,
         coalesce(%(new_workload)s::text, e.workload) as new_workload,
         greatest(
           least(greatest(case when e.workload is null then 1 else e.replicas_wanted end,
                          coalesce(%(new_min)s::int, 0)),
                 coalesce(%(new_max)s::int, 2147483647)),
           (%(new_deployment_id)s::text is not null)::int)
           * (coalesce(%(new_workload)s::text, e.workload) is not null)::int as new_wanted,
         coalesce(%(new_rollout)s::text, e.rollout) as new_rollout,
         coalesce(%(new_serving_id)s::text, e.serving_id) as new_serving
    from ended e),
judged as (
  select n.*, n.replicas_ready < n.new_wanted and (n.scaling_up or n.new_wanted > n.replicas_wanted) as new_up
    from next n)
insert into view.service (
  id, valid_from, account_id, project_id, name, slug, description, labels, revision, version, workload,
  replicas_wanted, rollout, rollout_reason, rollout_message, deployment_id, deployment_number, serving_id,
  replicas_current, replicas_ready, status, created_at, updated_at, registration, conversation, participation,
  created_by, updated_by, scaled_at, scaling_up)
select id, %(position)s, account_id, project_id, coalesce(%(new_name)s::text, name),
       coalesce(%(new_slug)s::text, slug), coalesce(%(new_description)s::text, description),
       coalesce(%(new_labels)s::text, labels),
       coalesce(%(new_revision)s::int, revision), %(version)s, new_workload, new_wanted, new_rollout,
       coalesce(%(new_reason)s::text, rollout_reason), coalesce(%(new_message)s::text, rollout_message),
       coalesce(%(new_deployment_id)s::text, deployment_id),
       deployment_number + (%(new_deployment_id)s::text is not null)::int,
       new_serving, replicas_current, replicas_ready,
       view.status_of(new_workload, new_wanted, new_rollout, replicas_ready, new_up, new_serving is not null),
       created_at, %(at)s,
       coalesce(%(new_registration)s::text, registration), coalesce(%(new_conversation)s::text, conversation),
       coalesce(%(new_participation)s::text, participation), created_by, coalesce(%(new_actor)s::text, updated_by),
       case when new_wanted <> replicas_wanted then %(at)s::timestamptz else scaled_at end, new_up
  from judged

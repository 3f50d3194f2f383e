insert into view.service (
  id, valid_from, account_id, project_id, name, slug, description, labels, revision, version, workload,
  replicas_wanted, rollout, rollout_reason, rollout_message, deployment_id, deployment_number, serving_id,
  replicas_current, replicas_ready, status, created_at, updated_at, registration, conversation, participation,
  created_by, updated_by)
values (
  %(service_id)s, %(position)s, %(account_id)s, %(project_id)s, %(name)s, %(slug)s, %(description)s, %(labels)s,
  1, %(version)s, %(workload)s, %(replicas_wanted)s, null, '', '', null, 0, null, 0, 0,
  view.status_of(%(workload)s, %(replicas_wanted)s::int, null, 0, false, false), %(at)s, %(at)s, %(registration)s,
  %(conversation)s, %(participation)s, %(actor)s, %(actor)s)

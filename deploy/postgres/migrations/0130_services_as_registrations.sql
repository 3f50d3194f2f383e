-- What a registry filters and sorts services by, each with an index over what is true now, so that a
-- page costs the same among a thousand services and among a hundred thousand.
set local role chronoplane_query;

-- The digits of the UUID that spells an id: its bits, and those that are the same in all of ours.
create function view.uuid_digits(p_id text) returns text
language sql immutable parallel safe strict as $$
  select substr(p_id, 1, 12) || '8' || substr(p_id, 13, 3) || '8000000' || substr(p_id, 16)
$$;

-- The number a text begins with, else 0. Digits are bounded: a longer number would be an error.
create function view.number_of(p_text text) returns float8
language sql immutable parallel safe strict as $$
  select coalesce(
    substring(left(p_text, 300) from '^\s*([+-]?(?:\d{1,250}(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d\d?(?!\d))?)')::float8, 0)
$$;

-- What a service is where nobody gave it a type in a registry.
create function view.kind_of(p_workload text, p_conversation text, p_participation text) returns text
language sql immutable parallel safe as $$
  select case
    when p_workload is not null then 'workload'
    when p_conversation is not null then 'conversation'
    when p_participation is not null then 'participation'
    else 'service'
  end
$$;

alter table view.service
  add column service_type text collate "C" not null generated always as (
    coalesce(registration::json -> 'service_type' ->> 'type', view.kind_of(workload, conversation, participation))) stored,
  add column service_flavor text collate "C" not null generated always as (
    coalesce(registration::json -> 'service_type' ->> 'flavor', 'chronoplane')) stored,
  add column pipeline_name text collate "C" generated always as (registration::json ->> 'pipeline_name') stored,
  add column pipeline_step_name text collate "C" generated always as (registration::json ->> 'pipeline_step_name') stored,
  add column model_version_id text collate "C" generated always as (registration::json ->> 'model_version_id') stored,
  add column pipeline_run_id text collate "C" generated always as (registration::json ->> 'pipeline_run_id') stored,
  add column owner_id text collate "C" generated always as (
    case when created_by ~ '^(user|service_account):' then split_part(created_by, ':', 2) end) stored;

create index service_now_id on view.service (project_id, id) where valid_to is null;
create index service_now_created on view.service (project_id, created_at nulls first, id) where valid_to is null;
create index service_now_updated on view.service (project_id, updated_at nulls first, id) where valid_to is null;
create index service_now_name on view.service (project_id, name collate "C" nulls first, id) where valid_to is null;
create index service_now_name_prefix on view.service (project_id, lower(name collate "C")) where valid_to is null;
create index service_now_type on view.service (project_id, service_type nulls first, id) where valid_to is null;
create index service_now_flavor on view.service (project_id, service_flavor nulls first, id) where valid_to is null;
create index service_now_pipeline on view.service (project_id, pipeline_name nulls first, id) where valid_to is null;
create index service_now_step on view.service (project_id, pipeline_step_name nulls first, id) where valid_to is null;
create index service_now_model_version on view.service (project_id, model_version_id nulls first, id) where valid_to is null;
create index service_now_run on view.service (project_id, pipeline_run_id nulls first, id) where valid_to is null;
create index service_now_owner on view.service (project_id, owner_id nulls first, id) where valid_to is null;

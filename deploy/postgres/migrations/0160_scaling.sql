-- How many replicas are wanted follows the load: the decisions, the settings, and what held requests
-- waited for.
set local role chronoplane_query;

-- `scaling_up`: more are wanted than are ready because of a decision, not because one was lost.
alter table view.service
  add column scaled_at  timestamptz,
  add column scaling_up boolean not null default false;

-- One row per decision or change of the settings. What is null was never decided.
create table view.scaling (
  service_id text collate "C" not null,
  valid_from bigint      not null,
  valid_to   bigint,
  project_id text        not null,
  kind       text        not null check (kind in ('policy', 'decision')),
  at         timestamptz not null,
  actor      text        not null,
  policy     text,
  desired    int,
  previous   int,
  reasons    text        not null,
  inputs     text,
  memory     text,
  primary key (service_id, valid_from)
) with (fillfactor = 80);
create unique index scaling_now on view.scaling (service_id) where valid_to is null;
create index scaling_decisions on view.scaling (service_id, valid_from desc) where kind = 'decision';
create index scaling_wakes on view.scaling (service_id, at) where kind = 'decision' and previous = 0;

insert into view.checkpoint (view, version, state) values ('scaling', 1, 'live');

-- A service at zero is stopped, also where its last rollout failed and an earlier one serves. Growing is
-- no fault: it runs while any replica answers, and is deploying on its way up from zero.
create function view.status_of(
  p_workload text, p_wanted int, p_rollout text, p_ready int, p_scaling_up boolean, p_serves boolean) returns text
language sql immutable parallel safe as $$
  select case
    when p_workload is null then null
    when p_rollout = 'in_progress' then 'deploying'
    when p_wanted = 0 and (p_rollout is distinct from 'failed' or p_serves) then 'stopped'
    when p_rollout = 'failed' and p_scaling_up and p_ready = 0 and p_serves then 'deploying'
    when p_rollout = 'failed' then case when p_ready = 0 then 'failed' else 'degraded' end
    when p_ready >= p_wanted then 'running'
    when p_scaling_up then case when p_ready = 0 then 'deploying' else 'running' end
    else 'degraded'
  end
$$;

-- Requests that waited for a first replica. A sample, beside the log like the frames that bring it.
create table telemetry.cold_start (
  service_id    text collate "C" not null,
  edge_id       text collate "C" not null,
  at            timestamptz not null,      -- the request came
  number        int         not null,      -- of those that came to an edge at once
  held_ms       int         not null,
  first_byte_ms int         not null,      -- since the request came
  primary key (service_id, at, edge_id, number)
) partition by range (at);

create or replace function telemetry.make_partition(p_table text, p_day date) returns boolean
language plpgsql set search_path = pg_catalog, telemetry, pg_temp as $$
declare
  name text := p_table || '_' || to_char(p_day, 'YYYYMMDD');
begin
  if p_table not in ('log_line', 'frame', 'sample', 'cold_start') then
    raise exception 'no table of telemetry is called %', p_table;
  end if;
  perform pg_advisory_xact_lock(1165, 2);   -- two processes that start at once
  if to_regclass('telemetry.' || name) is not null then
    return false;
  end if;
  -- In UTC whatever the session's zone: the day is part of the name.
  execute format('create table telemetry.%I partition of telemetry.%I for values from (%L) to (%L)', name, p_table,
                 p_day::timestamp at time zone 'UTC', (p_day + 1)::timestamp at time zone 'UTC');
  return true;
end $$;

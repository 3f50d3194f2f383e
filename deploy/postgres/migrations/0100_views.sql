-- What is read: rows are true from one log position (`valid_from`) until another (`valid_to`, null
-- while they still are), so that a question of now and one of last Tuesday are the same question.
-- Everything here can be built again from es.event.
set local role chronoplane_query;

-- One row per version of a view. The live ones move together, by compare-and-set.
create table view.checkpoint (
  view     text        not null,
  version  int         not null,
  state    text        not null check (state in ('live', 'building', 'old')),
  position bigint      not null default 0,
  moved_at timestamptz not null default now(),
  primary key (view, version)
) with (fillfactor = 50);
create unique index checkpoint_live on view.checkpoint (view) where state = 'live';

-- Moves views together from one position to the next. First thing in the transaction of a batch: who
-- lost the race waits and fails here, before it has touched a row.
create function view.advance(p_views text[], p_versions int[], p_from bigint, p_to bigint) returns void
language plpgsql set search_path = pg_catalog, view, pg_temp as $$
declare
  moved int;
begin
  update view.checkpoint c set position = p_to, moved_at = clock_timestamp()
    from unnest(p_views, p_versions) as w(view, version)
   where c.view = w.view and c.version = w.version and c.position = p_from and c.state <> 'old';
  get diagnostics moved = row_count;
  if moved <> cardinality(p_views) then
    raise exception 'somebody else has moved the checkpoint from %', p_from using errcode = 'serialization_failure';
  end if;
end $$;

-- Streams with an event that a view could not apply: nothing of them is shown until it can.
create table view.parked (
  view      text        not null,
  version   int         not null,
  stream    text        not null,
  position  bigint      not null,   -- of the first event that was left out
  type      text        not null,
  error     text        not null,
  parked_at timestamptz not null default now(),
  primary key (view, version, stream)
);

create table view.service (
  id                text collate "C" not null,
  valid_from        bigint      not null,
  valid_to          bigint,
  removed_by_force  boolean,              -- set with valid_to at the removal, null otherwise
  account_id        text        not null,
  project_id        text collate "C" not null,
  name              text        not null,
  slug              text collate "C" not null,
  description       text        not null,
  labels            text        not null,
  revision          int         not null,
  version           int         not null,
  workload          text,                 -- JSON; secrets are references
  replicas_wanted   int         not null,
  rollout           text check (rollout in ('in_progress', 'succeeded', 'failed')),
  rollout_reason    text        not null,
  rollout_message   text        not null,
  deployment_id     text,
  deployment_number int         not null,
  serving_id        text,
  replicas_current  int         not null,
  replicas_ready    int         not null,
  status            text collate "C",
  created_at        timestamptz not null,
  updated_at        timestamptz not null,
  primary key (id, valid_from)
) with (fillfactor = 80);
create unique index service_now on view.service (id) where valid_to is null;
-- Not unique: that is the claim's to decide, and inside a batch a name may change hands.
create index service_now_slug on view.service (project_id, slug) where valid_to is null;
create index service_now_list on view.service (project_id, created_at desc, id desc)
  include (status) where valid_to is null and workload is not null;
create index service_past on view.service (project_id, slug, valid_from);

create table view.deployment (
  id          text collate "C" not null,
  valid_from  bigint      not null,
  valid_to    bigint,
  service_id  text collate "C" not null,
  number      int         not null,
  revision    int         not null,
  trigger     text        not null,
  commit      text,
  status      text        not null,
  reason      text        not null,
  message     text        not null,
  last_probe  text        not null,
  exit_cause  text        not null,
  log_tail    text        not null,
  created_at  timestamptz not null,
  finished_at timestamptz,
  primary key (id, valid_from)
) with (fillfactor = 80);
create unique index deployment_now on view.deployment (id) where valid_to is null;
create index deployment_of_service on view.deployment (service_id, number, valid_from);

-- A stopped replica's last row stays open: stopped is what it is from then on.
create table view.replica (
  id            text collate "C" not null,
  valid_from    bigint      not null,
  valid_to      bigint,
  service_id    text collate "C" not null,
  project_id    text        not null,
  deployment_id text        not null,
  ordinal       int         not null,
  generation    int         not null,
  address       text        not null,
  runtime       text        not null,
  isolated      boolean     not null,
  state         text        not null,
  reason        text        not null,
  started_at    timestamptz not null,
  ready_at      timestamptz,
  stopped_at    timestamptz,
  primary key (id, valid_from)
) with (fillfactor = 80);
create unique index replica_now on view.replica (id) where valid_to is null and state <> 'stopped';
create index replica_now_of_service on view.replica (service_id)
  where valid_to is null and state <> 'stopped';
create index replica_of_service on view.replica (service_id, valid_from);

-- Which events concern a service: its own and those of its replicas.
create table view.service_event (
  service_id text collate "C" not null,
  position   bigint not null,
  primary key (service_id, position)
);

create table view.principal (
  id              text collate "C" not null,
  valid_from      bigint      not null,
  valid_to        bigint,
  kind            text        not null,
  handle          text collate "C",
  name            text        not null,
  email           text,
  account_id      text collate "C" not null,
  home_project_id text,
  members         jsonb       not null,
  created_at      timestamptz not null,
  updated_at      timestamptz not null,
  primary key (id, valid_from)
);
create unique index principal_now on view.principal (id) where valid_to is null;
create index principal_handle on view.principal (handle, valid_from);

create table view.project (
  id            text collate "C" not null,
  valid_from    bigint      not null,
  valid_to      bigint,
  account_id    text collate "C" not null,
  handle        text collate "C" not null,
  name          text        not null,
  description   text        not null,
  is_home       boolean     not null,
  collaborators jsonb       not null,
  created_at    timestamptz not null,
  updated_at    timestamptz not null,
  primary key (id, valid_from)
);
create unique index project_now on view.project (id) where valid_to is null;

create table view.api_key (
  id           text collate "C" not null,
  valid_from   bigint      not null,
  valid_to     bigint,
  principal_id text collate "C" not null,
  name         text        not null,
  expires_at   timestamptz,
  revoked_at   timestamptz,
  created_at   timestamptz not null,
  primary key (id, valid_from)
);
create unique index api_key_now on view.api_key (id) where valid_to is null;
create index api_key_of_principal on view.api_key (principal_id, valid_from);

create table view.access_grant (
  id           text collate "C" not null,
  valid_from   bigint      not null,
  valid_to     bigint,
  principal_id text collate "C" not null,
  action       text        not null,
  resource     text        not null,
  created_at   timestamptz not null,
  primary key (id, valid_from)
);
create unique index access_grant_now on view.access_grant (id) where valid_to is null;
create index access_grant_of_principal on view.access_grant (principal_id, valid_from);

-- The status of a service, from what is wanted and what is. Null where nothing is to run.
create function view.status_of(p_workload text, p_wanted int, p_rollout text, p_ready int) returns text
language sql immutable parallel safe as $$
  select case
    when p_workload is null then null
    when p_rollout = 'in_progress' then 'deploying'
    when p_rollout = 'failed' then case when p_ready = 0 then 'failed' else 'degraded' end
    when p_wanted = 0 then 'stopped'
    when p_ready >= p_wanted then 'running'
    else 'degraded'
  end
$$;

insert into view.checkpoint (view, version, state)
values ('services', 1, 'live'), ('identity', 1, 'live'), ('history', 1, 'live');

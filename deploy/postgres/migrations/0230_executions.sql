-- What runs once and ends: jobs and builds, the tiers they run on, the environments they run in.
set local role chronoplane_query;

create table view.hardware_tier (
  id            text collate "C" not null,
  valid_from    bigint      not null,
  valid_to      bigint,
  account_id    text collate "C" not null,
  tier          jsonb       not null,
  is_archived   boolean     not null,
  default_since bigint,                          -- the newest one is the default
  created_at    timestamptz not null,
  updated_at    timestamptz not null,
  primary key (id, valid_from)
);
create unique index hardware_tier_now on view.hardware_tier (id) where valid_to is null;

create table view.environment (
  id            text collate "C" not null,
  valid_from    bigint      not null,
  valid_to      bigint,
  account_id    text collate "C" not null,
  name          text        not null,
  description   text        not null,
  visibility    text        not null,
  is_curated    boolean     not null,
  is_default    boolean     not null,
  is_archived   boolean     not null,
  restricted_id text,
  latest_id     text,
  duplicate_of  text,
  created_at    timestamptz not null,
  updated_at    timestamptz not null,
  primary key (id, valid_from)
);
create unique index environment_now on view.environment (id) where valid_to is null;
create index environment_of_account on view.environment (account_id, id);

-- Its status is that of its build. `revision` is what it declares; values of variables are secrets.
create table view.environment_revision (
  build_id       text collate "C" not null,
  valid_from     bigint      not null,
  valid_to       bigint,
  id             text collate "C" not null,
  environment_id text collate "C" not null,
  account_id     text collate "C" not null,
  number         int         not null,
  revision       jsonb       not null,
  status         text        not null,
  reason         text        not null,
  message        text        not null,
  created_at     timestamptz not null,
  updated_at     timestamptz not null,
  primary key (build_id, valid_from)
);
create unique index environment_revision_now on view.environment_revision (build_id) where valid_to is null;
create index environment_revision_of on view.environment_revision (environment_id, number);

create table view.execution (
  id             text collate "C" not null,
  valid_from     bigint      not null,
  valid_to       bigint,
  kind           text        not null check (kind in ('job', 'build')),
  account_id     text collate "C" not null,
  project_id     text collate "C",
  number         int         not null,           -- counts a project's jobs
  title          text        not null,
  command        text        not null,
  tier_id        text collate "C",
  environment_id text collate "C" not null,
  revision_id    text collate "C" not null,
  commit         text        not null,
  ref            jsonb,
  started_by     text        not null,
  details        jsonb       not null,
  stage          text        not null,
  outcome        text,
  requested_from bigint      not null,           -- the position of its request: its place in the queue
  submitted_at   timestamptz not null,
  began_at       timestamptz,                    -- left the queue
  started_at     timestamptz,                    -- runs
  ended_at       timestamptz,
  reason         text        not null,
  message        text        not null,
  code           int,
  signal         int,
  cpu_percent    double precision,
  memory_bytes   bigint,
  seconds        double precision,
  output_commit  text        not null,
  branch         text        not null,
  stats          jsonb       not null,           -- an object of texts
  log_tail       jsonb       not null,
  tags           jsonb       not null,           -- a list of {id, name, creator_id, created_at}
  goals          jsonb       not null,           -- a list of ids
  is_stopping    boolean     not null,
  keeps_results  boolean     not null,
  is_archived    boolean     not null,
  primary key (id, valid_from)
) with (fillfactor = 80);
create unique index execution_now on view.execution (id) where valid_to is null;
create index execution_of_project on view.execution (project_id, number) where valid_to is null;
create index execution_of_project_then on view.execution (project_id, valid_from);
create index execution_unfinished on view.execution (requested_from) where valid_to is null and outcome is null;
create index execution_of_tier on view.execution (tier_id) where valid_to is null and outcome is null;
create index execution_ended on view.execution (tier_id, ended_at desc) where valid_to is null and outcome is not null;

-- How many jobs each project had. Counts on while a project's rows are written, and is built anew with them.
create table view.execution_count (
  project_id text collate "C" primary key,
  last       int not null
);

-- What an execution must know of its project. `goals` is an object of what each goal is, by id.
create table view.execution_place (
  id         text collate "C" not null,
  valid_from bigint      not null,
  valid_to   bigint,
  account_id text collate "C" not null,
  handle     text        not null,
  name       text        not null,
  repository jsonb,
  results    text        not null,
  goals      jsonb       not null,
  primary key (id, valid_from)
);
create unique index execution_place_now on view.execution_place (id) where valid_to is null;

insert into view.checkpoint (view, version, state) values
  ('hardware_tiers', 1, 'live'), ('environments', 1, 'live'), ('executions', 1, 'live');

-- A project as an architecture: what its services were between changes that people see there, who
-- changed them, and each project's pins and share.
set local role chronoplane_query;

-- One row per change of a service's name, description or participation.
create table view.snapshot (
  service_id    text collate "C" not null,
  valid_from    bigint      not null,
  valid_to      bigint,
  project_id    text collate "C" not null,
  slug          text collate "C" not null,
  name          text        not null,
  description   text        not null,
  participation text,                     -- JSON; null where the service takes part in nothing
  created_by    text        not null,     -- actors; `_with` is the credential
  created_with  text,
  created_at    timestamptz not null,
  updated_by    text        not null,
  updated_with  text,
  opened_at     timestamptz not null,
  closed_at     timestamptz,
  primary key (service_id, valid_from)
) with (fillfactor = 80);
create unique index snapshot_now on view.snapshot (service_id) where valid_to is null;
create index snapshot_now_slug on view.snapshot (project_id, slug, service_id) where valid_to is null;
create index snapshot_past on view.snapshot (project_id, slug, service_id, valid_from);
create index snapshot_closed on view.snapshot (service_id, valid_to);

-- One row per command that changed one, however many events it made.
create table view.service_change (
  service_id    text collate "C" not null,
  command_id    text collate "C" not null,
  project_id    text collate "C" not null,
  position      bigint      not null,     -- of the first event
  last_position bigint      not null,
  change_id     text collate "C" not null, -- id of the first event
  kind          text        not null check (kind in ('CREATE', 'UPDATE', 'DELETE')),
  slug          text        not null,
  name          text        not null,
  actor         text        not null,
  credential_id text,
  at            timestamptz not null,
  primary key (service_id, command_id)
);
create index service_change_of_project on view.service_change (project_id, position desc);
create index service_change_id on view.service_change (change_id);

create table view.project_profile (
  id            text collate "C" not null,
  valid_from    bigint      not null,
  valid_to      bigint,
  account_id    text collate "C" not null,
  handle        text collate "C" not null,
  name          text        not null,
  description   text        not null,
  archived      boolean     not null,
  created_by    text        not null,
  created_with  text,
  created_at    timestamptz not null,
  updated_by    text        not null,
  updated_with  text,
  updated_at    timestamptz not null,
  primary key (id, valid_from)
);
create unique index project_profile_now on view.project_profile (id) where valid_to is null;

create table view.pin (
  principal_id text collate "C" not null,
  project_id   text collate "C" not null,
  valid_from   bigint      not null,
  valid_to     bigint,
  pinned_at    timestamptz not null,
  primary key (principal_id, project_id, valid_from)
);

create table view.share (
  project_id text collate "C" not null,
  valid_from bigint      not null,
  valid_to   bigint,
  account_id text        not null,
  secret_id  text        not null,
  digest     text collate "C" not null,
  shared_at  timestamptz not null,
  primary key (project_id, valid_from)
);
create unique index share_now on view.share (digest) where valid_to is null;

-- What a project may have and run at most, and why a replica that is wanted found no place.
set local role chronoplane_query;

-- One row per setting; a limit that is null is none.
create table view.quota (
  project_id text   collate "C" not null,
  valid_from bigint not null,
  valid_to   bigint,
  services   int,
  replicas   int,
  cpu        int,
  memory_gb  int,
  gpus       int,
  primary key (project_id, valid_from)
) with (fillfactor = 80);
create unique index quota_now on view.quota (project_id) where valid_to is null;

insert into view.checkpoint (view, version, state) values ('quotas', 1, 'live');

-- Why not all wanted replicas of a service were placed; null while they are.
create table view.placement (
  service_id text   collate "C" not null,
  valid_from bigint not null,
  valid_to   bigint,
  why        text,
  primary key (service_id, valid_from)
) with (fillfactor = 80);
create unique index placement_now on view.placement (service_id) where valid_to is null;

-- Where replicas and jobs may be placed: this machine, slices of it, and places that what-ifs alone know.
set local role chronoplane_query;

create table view.node (
  name         text collate "C" not null,
  valid_from   bigint      not null,
  valid_to     bigint,
  kind         text        not null check (kind in ('detected', 'local', 'simulated')),
  region       text        not null,           -- empty: each that no other node names
  millicores   bigint      not null,
  memory_bytes bigint      not null,
  gpus         jsonb       not null,           -- counts by type
  labels       jsonb       not null,           -- an object of texts
  taints       jsonb       not null,           -- a list of texts
  is_cordoned  boolean     not null,
  is_draining  boolean     not null,
  overcommits  boolean     not null,           -- what it has bounds nothing
  created_at   timestamptz not null,
  updated_at   timestamptz not null,
  primary key (name, valid_from)
) with (fillfactor = 80);
create unique index node_now on view.node (name) where valid_to is null;

insert into view.checkpoint (view, version, state) values ('nodes', 1, 'live');

-- What the prober saw at URLs of services that run elsewhere, and whether custom domains are proven.
set local role chronoplane_query;

create table view.watch (
  service_id text collate "C" not null,
  valid_from bigint      not null,
  valid_to   bigint,
  project_id text        not null,
  url        text        not null,
  is_healthy boolean     not null,
  reason     text        not null,
  at         timestamptz not null,
  primary key (service_id, valid_from)
) with (fillfactor = 80);
create unique index watch_now on view.watch (service_id) where valid_to is null;

create table view.custom_domain (
  service_id  text collate "C" not null,
  valid_from  bigint      not null,
  valid_to    bigint,
  project_id  text        not null,
  domain      text        not null,
  is_verified boolean     not null,
  reason      text        not null,
  at          timestamptz not null,
  primary key (service_id, valid_from)
) with (fillfactor = 80);
create unique index custom_domain_now on view.custom_domain (service_id) where valid_to is null;

-- Few services ask to be watched, and few have a domain: the prober's lists read these alone.
create index service_now_watched on view.service (id)
  where valid_to is null and labels like '%["chronoplane.watch","true"]%';
create index service_now_domain on view.service (id)
  where valid_to is null and (workload::json ->> 'custom_domain') is not null;

-- Certificates of custom domains. Keys are in the vault; here is only which secret each is.
set local role chronoplane_query;

create table view.certificate (
  service_id  text collate "C" not null,
  valid_from  bigint      not null,
  valid_to    bigint,
  account_id  text        not null,
  project_id  text        not null,
  domain      text        not null,
  chain       text        not null,
  key_id      text        not null,
  names       text        not null,
  not_before  timestamptz not null,
  not_after   timestamptz not null,
  issuer      text        not null,
  fingerprint text        not null,
  at          timestamptz not null,
  primary key (service_id, valid_from)
) with (fillfactor = 80);
create unique index certificate_now on view.certificate (service_id) where valid_to is null;

create index service_now_by_domain on view.service ((workload::json ->> 'custom_domain'))
  where valid_to is null and (workload::json ->> 'custom_domain') is not null;

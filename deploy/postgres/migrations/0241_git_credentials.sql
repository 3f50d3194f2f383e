-- What people show to git servers; the secrets are in the vault.
set local role chronoplane_query;

create table view.git_credential (
  id           text collate "C" not null,
  valid_from   bigint      not null,
  valid_to     bigint,
  principal_id text collate "C" not null,
  name         text        not null,
  domain       text        not null,
  provider     text        not null,
  protocol     text        not null,
  username     text,
  mac          text        not null,    -- tells equal secrets of a person, and nothing else of them
  created_at   timestamptz not null,
  primary key (id, valid_from)
);
create index git_credential_of on view.git_credential (principal_id, id);

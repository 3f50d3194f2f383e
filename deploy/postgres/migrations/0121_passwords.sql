-- Where the hash of a user's password lies in the vault: its reference, never the hash.
set local role chronoplane_query;

create table view.password (
  principal_id text collate "C" not null,
  valid_from   bigint not null,
  valid_to     bigint,
  account_id   text   not null,
  secret_id    text   not null,
  primary key (principal_id, valid_from)
);

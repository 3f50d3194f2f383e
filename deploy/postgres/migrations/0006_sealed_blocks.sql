-- A block carries what its checkpoint says, so that the signed note can be made again from its row;
-- and what every full verification of the log found is kept beside it.
set local role chronoplane_owner;

alter table es.block
  add column tree_root bytea not null,        -- Merkle root over the hashes of blocks 1 to this one
  add column signer    text  not null,        -- public key, spelled as in a signed note
  alter column signature set not null;

create table es.verification (
  verified_at   timestamptz not null,
  last_position bigint      not null,         -- as far as it was looked at
  bad_position  bigint,                       -- null: everything is as it was sealed
  reason        text,
  primary key (verified_at)
);
create trigger append_only before update or delete or truncate on es.verification
  for each statement execute function es.refuse();
alter table es.verification enable always trigger append_only;

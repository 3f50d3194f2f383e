-- Secrets apart from the log: events hold references. Destroying an owner's keys erases every
-- secret of that owner from all of history, while the hashes of the events stay valid.
set local role chronoplane_owner;
create schema vault;

create table vault.data_key (
  account_id   text        not null,
  owner_id     text        not null,
  key_version  int         not null,
  wrapped_key  bytea,                              -- null once destroyed
  created_at   timestamptz not null default now(),
  destroyed_at timestamptz,
  primary key (account_id, owner_id, key_version),
  check ((wrapped_key is null) = (destroyed_at is not null))
);

create table vault.secret (
  id          text collate "C" primary key,
  account_id  text  not null,
  owner_id    text  not null,
  key_version int   not null,
  nonce       bytea not null,
  ciphertext  bytea not null,
  foreign key (account_id, owner_id, key_version) references vault.data_key
);

create function vault.destroy_keys(p_account text, p_owner text) returns int
language sql security definer set search_path = pg_catalog, vault, pg_temp as $$
  with destroyed as (
    update vault.data_key k set wrapped_key = null, destroyed_at = clock_timestamp()
     where k.account_id = p_account and k.owner_id = p_owner and k.wrapped_key is not null
    returning 1)
  select count(*)::int from destroyed
$$;

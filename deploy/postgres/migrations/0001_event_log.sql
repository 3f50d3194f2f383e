-- The event log: one dense, commit-ordered sequence of events, append-only by right and by trigger.
set local role chronoplane_owner;
create schema es;

create table es.log (
  log            smallint primary key,     -- 1; a second log only if one is ever not enough
  floor_position bigint   not null,        -- raised before partitions are archived: never append at or below
  epoch          int      not null         -- +1 at every restore: fences old relays
);
insert into es.log values (1, 0, 1);

-- Stream heads. Their compare-and-set is what makes (stream, version) unique across partitions.
create table es.stream (
  stream_id      text   collate "C" primary key,   -- 'service-65f0c1…': ids are unique without the account
  stream_type    text   not null,
  account_id     text   not null,                  -- set at creation, never moved
  version        int    not null,
  first_position bigint not null,                  -- prunes partitions when the stream is read
  last_position  bigint not null,
  leaf           bytea  not null                   -- of the newest event: the next commit must link to it
) with (fillfactor = 80);

create table es.event (
  position       bigint      not null,
  recorded_at    timestamptz not null,             -- same order as position
  account_id     text        collate "C" not null,
  stream_id      text        collate "C" not null,
  stream_type    text        not null,
  version        int         not null,
  event_id       uuid        not null,             -- the CloudEvents id
  type           text        not null,
  schema_version smallint    not null,
  command_id     uuid        not null,
  correlation_id uuid        not null,
  causation_id   uuid,
  actor          text        not null,             -- 'user:<id>', 'process:scheduler': never a name
  credential_id  text,
  surface        text        not null,
  reason         text,
  data           text        not null,             -- the very text that was hashed: jsonb would reorder it
  leaf           bytea       not null,
  primary key (position)
) partition by range (position);
create index event_account on es.event (account_id, position);
create index event_correlation on es.event (correlation_id);

-- Stored answers: idempotency with the answer kept, not only the key.
create table es.command (
  actor       text        collate "C" not null,
  command_id  uuid        not null,
  fingerprint bytea,                               -- same id, other body: an error, never a replay
  position    bigint      not null,
  version     int         not null,
  result      text,
  rejected    boolean     not null,
  expires_at  timestamptz not null,
  primary key (actor, command_id)
);
create index command_expiry on es.command (expires_at);

-- Uniqueness among live things: (space, key) belongs to one stream.
create table es.claim (
  space      text   collate "C" not null,
  key        text   collate "C" not null,
  account_id text   not null,
  stream_id  text   collate "C" not null,
  position   bigint not null,
  primary key (space, key)
);
create index claim_stream on es.claim (stream_id);

-- One row per term of leadership; es.append compares a command's epoch with the newest.
create table es.leader_epoch (
  name     text        not null,
  epoch    bigint      not null,
  holder   text        not null,
  taken_at timestamptz not null,
  primary key (name, epoch)
);

-- Sealed blocks over dense ranges; signed with a key that is not in this database.
create table es.block (
  block_no       bigint      primary key,
  first_position bigint      not null unique,
  last_position  bigint      not null unique,
  root           bytea       not null,
  previous_hash  bytea       not null,
  hash           bytea       not null,
  sealed_at      timestamptz not null,
  signature      bytea,
  check (last_position >= first_position)
);

create function es.refuse() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  raise exception 'the event log is append-only' using errcode = 'insufficient_privilege';
end $$;

-- Row triggers are cloned to every partition, statement triggers are not: a TRUNCATE or a DELETE
-- sent to a partition by name must meet its own (es.make_partitions).
create trigger append_only before update or delete on es.event for each row execute function es.refuse();
create trigger append_only_truncate before truncate on es.event for each statement execute function es.refuse();
alter table es.event enable always trigger append_only;
alter table es.event enable always trigger append_only_truncate;
create trigger append_only before update or delete or truncate on es.block
  for each statement execute function es.refuse();
alter table es.block enable always trigger append_only;

-- Partitions of 5 million positions, made ahead. There is no default partition on purpose: it
-- would hide the newest position from an ordered scan, and a missing one should fail loudly.
create function es.make_partitions(p_ahead int default 2) returns int
language plpgsql security definer set search_path = pg_catalog, es, pg_temp as $$
declare
  size constant bigint := 5000000;
  head bigint; wanted bigint; name text; made int := 0;
begin
  perform pg_advisory_xact_lock(1163, 2);
  select greatest(coalesce((select e.position from es.event e order by e.position desc limit 1), 0), l.floor_position)
    into head from es.log l where l.log = 1;
  for wanted in select generate_series(head / size, head / size + p_ahead) loop
    name := 'event_p' || wanted;
    continue when to_regclass('es.' || name) is not null;
    -- Made apart and attached: creating it as a partition would lock out every append and read.
    execute format('create table es.%I (like es.event including defaults)', name);
    execute format('create unique index on es.%I (stream_id, version)', name);
    execute format('create trigger append_only_truncate before truncate on es.%I '
                   'for each statement execute function es.refuse()', name);
    execute format('alter table es.%I enable always trigger append_only_truncate', name);
    execute format('alter table es.event attach partition es.%I for values from (%s) to (%s)',
                   name, wanted * size + 1, (wanted + 1) * size + 1);
    execute format('alter table es.%I enable always trigger append_only', name);
    made := made + 1;
  end loop;
  return made;
end $$;
select es.make_partitions();

-- The last position at or before a moment. Positions are dense and their times never fall, so a
-- binary search over the primary key finds it without an index on the time.
create function es.position_at(p_moment timestamptz) returns bigint
language plpgsql stable security definer set search_path = pg_catalog, es, pg_temp as $$
declare
  low bigint; high bigint; middle bigint; at timestamptz;
begin
  select floor_position into low from es.log where log = 1;
  select coalesce((select e.position from es.event e order by e.position desc limit 1), low) into high;
  while low < high loop
    middle := low + (high - low + 1) / 2;
    select e.recorded_at into strict at from es.event e where e.position = middle;
    if at <= p_moment then low := middle; else high := middle - 1; end if;
  end loop;
  return low;
end $$;

create function es.forget_answers(p_limit int default 1000) returns int
language sql security definer set search_path = pg_catalog, es, pg_temp as $$
  with expired as (
    select c.actor, c.command_id from es.command c where c.expires_at <= clock_timestamp()
     order by c.expires_at limit p_limit for update skip locked),
  gone as (
    delete from es.command c using expired e
     where c.actor = e.actor and c.command_id = e.command_id returning 1)
  select count(*)::int from gone
$$;

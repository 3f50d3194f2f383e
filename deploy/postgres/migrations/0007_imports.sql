-- Imports: an export of another log becomes part of this one, with its events as they were. Only
-- positions are new; leaves do not cover them. Times are kept, so times may fall where an import
-- begins; es.position_at knows these places.
set local role chronoplane_owner;

-- What was taken in, for ever: `position` of ours against `origin` of the log it came from.
create table es.import (
  import_id      text   collate "C" primary key,
  account_id     text   collate "C",               -- null: a whole log
  first_position bigint not null unique,
  last_position  bigint not null,
  streams        bigint not null,
  sha256         text   not null,                  -- of the file
  deploys        boolean not null,                 -- false: its workloads rest until they are changed here
  imported_at    timestamptz not null
);
create table es.imported (
  position  bigint primary key,
  origin    bigint not null,
  import_id text   collate "C" not null
);
create index imported_origin on es.imported (import_id, origin);
-- Positions whose event is older than the one before it.
create table es.time_fall (position bigint primary key);

create trigger append_only before update or delete or truncate on es.import
  for each statement execute function es.refuse();
create trigger append_only before update or delete or truncate on es.imported
  for each statement execute function es.refuse();
create trigger append_only before update or delete or truncate on es.time_fall
  for each statement execute function es.refuse();
alter table es.import enable always trigger append_only;
alter table es.imported enable always trigger append_only;
alter table es.time_fall enable always trigger append_only;

-- On its way in. Unlogged: after a crash of the server an import that was not done begins anew.
create schema transfer;
create table transfer.arrival (
  import_id  text        collate "C" primary key,
  state      text        not null check (state in ('receiving', 'checking', 'done', 'refused', 'failed')),
  account_id text,                                 -- of whoever imports
  bytes      bigint      not null default 0,
  begun_at   timestamptz not null default clock_timestamp(),
  touched_at timestamptz not null default clock_timestamp(),
  report     text,                                 -- JSON: what came of it
  is_told    boolean     not null default false    -- whether the log says so, too
);
create unlogged table transfer.part (
  import_id text   collate "C" not null,
  number    int    not null,
  content   bytea  not null,
  primary key (import_id, number)
);
create unlogged table transfer.event (
  import_id      text        collate "C" not null,
  ord            bigint      not null,
  origin         bigint      not null,
  recorded_at    timestamptz not null,
  account_id     text        collate "C" not null,
  stream_id      text        collate "C" not null,
  stream_type    text        not null,
  version        int         not null,
  event_id       uuid        not null,
  type           text        not null,
  schema_version smallint    not null,
  command_id     uuid        not null,
  correlation_id uuid        not null,
  causation_id   uuid,
  actor          text        not null,
  credential_id  text,
  surface        text        not null,
  reason         text,
  data           text        not null,
  leaf           bytea       not null,
  primary key (import_id, ord)
);
create unlogged table transfer.claim (
  import_id text collate "C" not null,
  space     text collate "C" not null,
  key       text collate "C" not null,
  stream_id text collate "C" not null,
  primary key (import_id, space, key)
);
create unlogged table transfer.secret (
  import_id  text collate "C" not null,
  id         text collate "C" not null,
  account_id text not null,
  owner_id   text not null,
  primary key (import_id, id)
);

-- The last position whose event is at or before a moment. Times never fall but where an import
-- begins (or took over such a place), so it is a binary search in the newest run that is as old.
create or replace function es.position_at(p_moment timestamptz) returns bigint
language plpgsql stable security definer set search_path = pg_catalog, es, pg_temp as $$
declare
  low bigint; high bigint; middle bigint; start bigint; at timestamptz;
begin
  select floor_position into low from es.log where log = 1;
  select coalesce((select e.position from es.event e order by e.position desc limit 1), low) into high;
  for start in select f.position from es.time_fall f where f.position > low order by f.position desc loop
    select e.recorded_at into strict at from es.event e where e.position = start;
    if at <= p_moment then
      low := start;
      exit;
    end if;
    high := start - 1;
  end loop;
  while low < high loop
    middle := low + (high - low + 1) / 2;
    select e.recorded_at into strict at from es.event e where e.position = middle;
    if at <= p_moment then low := middle; else high := middle - 1; end if;
  end loop;
  return low;
end $$;

-- Takes what was staged into the log, under the same lock as es.append: all of it or nothing. What
-- an account of this installation holds already is answered, never overwritten.
create function es.take_import(p_import text, p_account text, p_sha256 text, p_deploys boolean)
returns table (outcome text, detail text, first_at bigint, last_at bigint)
language plpgsql security definer
set search_path = pg_catalog, es, transfer, vault, pg_temp set lock_timeout = '30s'
as $$
declare
  pos bigint; ts timestamptz := '-infinity'; n bigint; top bigint; earliest timestamptz; latest timestamptz; word text;
  q record;
begin
  analyze transfer.event;
  perform pg_advisory_xact_lock(1163, 1);
  select l.floor_position into pos from es.log l where l.log = 1;
  for q in select e.position, e.recorded_at from es.event e order by e.position desc limit 1 loop
    pos := greatest(pos, q.position); ts := q.recorded_at;
  end loop;
  select count(*), min(t.recorded_at), max(t.recorded_at), max(t.ord) into n, earliest, latest, top
    from transfer.event t where t.import_id = p_import;
  if n = 0 or top <> n then
    raise exception 'the import % has % events up to number %', p_import, n, top;
  end if;
  select t.stream_id into word from transfer.event t
   where t.import_id = p_import
   group by t.stream_id
  having min(t.version) <> 1 or max(t.version) <> count(*) or count(distinct t.version) <> count(*)
      or (array_agg(t.version order by t.ord desc))[1] <> count(*)
      or count(distinct t.account_id) <> 1 or count(distinct t.stream_type) <> 1
   limit 1;
  if found then
    raise exception 'the stream % of the import % is not whole', word, p_import;
  end if;

  if latest > clock_timestamp() + interval '60 s' then
    return query select 'future', to_char(latest at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), null::bigint, null::bigint;
    return;
  end if;
  select s.stream_id into word from es.stream s
    join transfer.event t on t.stream_id = s.stream_id and t.import_id = p_import and t.version = 1
   order by t.ord limit 1;
  if found then
    return query select 'stream_taken', word, null::bigint, null::bigint;
    return;
  end if;
  select c.space || ' ' || c.key into word from es.claim c
    join transfer.claim t on t.space = c.space and t.key = c.key and t.import_id = p_import
   order by 1 limit 1;
  if found then
    return query select 'claim_taken', word, null::bigint, null::bigint;
    return;
  end if;
  -- A moment is a position. Where people's work here overlaps the time of the import, a moment of
  -- it would show their work of another; who they are (which every past is read with) may overlap.
  select e.stream_id into word from es.event e
   where e.recorded_at > earliest
     and e.stream_type not in ('principal', 'project', 'api_key', 'grant', 'import')
     and e.surface <> 'bootstrap'
   limit 1;
  if found then
    return query select 'times_mix', to_char(earliest at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), null::bigint, null::bigint;
    return;
  end if;

  perform es.make_partitions((n / 5000000)::int + 2);
  insert into es.time_fall
  select pos + f.ord
    from (select t.ord, t.recorded_at, lag(t.recorded_at, 1, ts) over (order by t.ord) as before
            from transfer.event t where t.import_id = p_import) f
   where f.recorded_at < f.before;
  insert into es.stream (stream_id, stream_type, account_id, version, first_position, last_position, leaf)
  select t.stream_id, t.stream_type, t.account_id, t.version, pos + g.low, pos + g.high, t.leaf
    from (select h.stream_id, min(h.ord) as low, max(h.ord) as high from transfer.event h
           where h.import_id = p_import group by h.stream_id) g
    join transfer.event t on t.import_id = p_import and t.ord = g.high;
  insert into es.event
  select pos + t.ord, t.recorded_at, t.account_id, t.stream_id, t.stream_type, t.version, t.event_id, t.type,
         t.schema_version, t.command_id, t.correlation_id, t.causation_id, t.actor, t.credential_id, t.surface,
         t.reason, t.data, t.leaf
    from transfer.event t where t.import_id = p_import order by t.ord;
  insert into es.imported
  select pos + t.ord, t.origin, p_import from transfer.event t where t.import_id = p_import order by t.ord;
  insert into es.claim (space, key, account_id, stream_id, position)
  select t.space, t.key, s.account_id, t.stream_id, s.last_position
    from transfer.claim t join es.stream s on s.stream_id = t.stream_id where t.import_id = p_import;
  -- Secrets do not travel. What refers to them must find that they cannot be read, as after an
  -- erasure: a key that was never here, and is destroyed. The next secret gets a key of its own.
  insert into vault.data_key (account_id, owner_id, key_version, wrapped_key, destroyed_at)
  select distinct t.account_id, t.owner_id, 0, null::bytea, clock_timestamp()
    from transfer.secret t where t.import_id = p_import on conflict do nothing;
  insert into vault.secret (id, account_id, owner_id, key_version, nonce, ciphertext)
  select t.id, t.account_id, t.owner_id, 0, '', ''
    from transfer.secret t where t.import_id = p_import on conflict do nothing;
  insert into es.import
  select p_import, p_account, pos + 1, pos + n, (select count(distinct t.stream_id) from transfer.event t
                                                  where t.import_id = p_import),
         p_sha256, p_deploys, clock_timestamp();
  return query select 'taken', '', pos + 1, pos + n;
end $$;

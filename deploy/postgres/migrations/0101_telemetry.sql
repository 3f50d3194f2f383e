-- What never was an event: log lines, traffic, use of CPU and memory. Partitioned by day; the query
-- process makes the partitions ahead and drops those whose time is over.
set local role chronoplane_query;

create table telemetry.log_line (
  service_id text collate "C" not null,
  replica_id text collate "C" not null,
  seq        bigint      not null,
  at         timestamptz not null,
  stream     text        not null,
  message    text        not null,
  primary key (replica_id, seq, at)       -- a line that is sent again is the same line
) partition by range (at);
create index log_line_of_service on telemetry.log_line (service_id, at desc, seq desc);

create table telemetry.frame (
  service_id text collate "C" not null,
  edge_id    text collate "C" not null,
  at         timestamptz not null,        -- the second it tells of
  area       double precision not null,
  n          int         not null,
  classes    int[]       not null,
  failed     int         not null,
  aborted    int         not null,
  refused    int         not null,
  queued_max int         not null,
  wait_ms    bigint      not null,
  bytes_in   bigint      not null,
  bytes_out  bigint      not null,
  latency    int[]       not null,
  latency_ms bigint      not null,
  primary key (service_id, at, edge_id)
) partition by range (at);

create table telemetry.sample (
  service_id   text collate "C" not null,
  replica_id   text collate "C" not null,
  at           timestamptz not null,
  cpu_seconds  double precision not null, -- since the replica started
  memory_bytes bigint      not null,
  cpu_limit    double precision not null,
  memory_limit bigint      not null,
  primary key (service_id, at, replica_id)
) partition by range (at);

-- Makes the partition of a day; false where it was there already.
create function telemetry.make_partition(p_table text, p_day date) returns boolean
language plpgsql set search_path = pg_catalog, telemetry, pg_temp as $$
declare
  name text := p_table || '_' || to_char(p_day, 'YYYYMMDD');
begin
  if p_table not in ('log_line', 'frame', 'sample') then
    raise exception 'no table of telemetry is called %', p_table;
  end if;
  perform pg_advisory_xact_lock(1165, 2);   -- two processes that start at once
  if to_regclass('telemetry.' || name) is not null then
    return false;
  end if;
  -- In UTC whatever the session's zone: the day is part of the name.
  execute format('create table telemetry.%I partition of telemetry.%I for values from (%L) to (%L)', name, p_table,
                 p_day::timestamp at time zone 'UTC', (p_day + 1)::timestamp at time zone 'UTC');
  return true;
end $$;

-- Drops partitions of days before the given one; answers how many.
create function telemetry.drop_partitions(p_table text, p_before date) returns int
language plpgsql set search_path = pg_catalog, telemetry, pg_temp as $$
declare
  name text; dropped int := 0;
begin
  perform pg_advisory_xact_lock(1165, 2);
  for name in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = ('telemetry.' || p_table)::regclass
       and c.relname < p_table || '_' || to_char(p_before, 'YYYYMMDD')
  loop
    execute format('drop table telemetry.%I', name);
    dropped := dropped + 1;
  end loop;
  return dropped;
end $$;

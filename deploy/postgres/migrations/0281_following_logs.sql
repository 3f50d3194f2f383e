-- Lines in the order in which they were taken, so that whoever follows them has a place to go on from;
-- and a bound on how much they take, beside the one on how old they get.
set local role chronoplane_query;

create sequence telemetry.line_number;
alter table telemetry.log_line add column number bigint not null default nextval('telemetry.line_number');
create index log_line_taken on telemetry.log_line (service_id, number);

-- Drops the oldest days while all together take more than that, never the day given (today) or a later
-- one; answers how many.
create function telemetry.shrink_partitions(p_table text, p_bytes bigint, p_today date) returns int
language plpgsql set search_path = pg_catalog, telemetry, pg_temp as $$
declare
  name text; total bigint; dropped int := 0;
begin
  perform pg_advisory_xact_lock(1165, 2);
  loop
    select coalesce(sum(pg_total_relation_size(c.oid)), 0),
           min(c.relname) filter (where c.relname < p_table || '_' || to_char(p_today, 'YYYYMMDD'))
      into total, name
      from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = ('telemetry.' || p_table)::regclass;
    exit when total <= p_bytes or name is null;
    execute format('drop table telemetry.%I', name);
    dropped := dropped + 1;
  end loop;
  return dropped;
end $$;

-- Every read of the past begins with the position of its moment. A binary search is some twenty
-- statements in a function, more than the read itself; an index answers in one. It costs an append
-- little: times rise, so all of it happens at the index's right end.
set local role chronoplane_owner;

create index event_time on es.event (recorded_at, position);

-- The last position whose event is at or before a moment. Times never fall but where an import
-- begins (or took over such a place): with one in the log it is a binary search in the newest run
-- that is as old.
create or replace function es.position_at(p_moment timestamptz) returns bigint
language plpgsql stable security definer set search_path = pg_catalog, es, pg_temp as $$
declare
  low bigint; high bigint; middle bigint; start bigint; at timestamptz;
begin
  select floor_position into low from es.log where log = 1;
  if not exists (select from es.time_fall f where f.position > low) then
    select e.position into middle from es.event e
     where e.recorded_at <= p_moment and e.position > low
     order by e.recorded_at desc, e.position desc limit 1;
    return coalesce(middle, low);
  end if;
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

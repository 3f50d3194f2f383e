-- One leader per name: a session's advisory lock says who, the epoch fences whoever was before.
set local role chronoplane_owner;

-- Null when another session leads. The lock lives as long as the caller's connection.
create function es.lead(p_name text, p_holder text) returns bigint
language plpgsql security definer set search_path = pg_catalog, es, pg_temp set lock_timeout = '2s' as $$
declare
  term bigint;
begin
  if not pg_try_advisory_lock(1164, hashtext(p_name)) then
    return null;
  end if;
  -- An append that has passed its epoch check commits before the new term begins, so the new
  -- leader reads everything the old one managed to write.
  perform pg_advisory_xact_lock(1163, 1);
  insert into es.leader_epoch (name, epoch, holder, taken_at)
  select p_name, coalesce(max(l.epoch), 0) + 1, p_holder, clock_timestamp()
    from es.leader_epoch l where l.name = p_name
  returning epoch into term;
  return term;
end $$;

-- Does this very session lead, in this term? Asked as a heartbeat.
create function es.leads(p_name text, p_epoch bigint) returns boolean
language sql stable security definer set search_path = pg_catalog, es, pg_temp as $$
  select p_epoch = (select max(l.epoch) from es.leader_epoch l where l.name = p_name)
     and exists (select from pg_locks l
                  where l.locktype = 'advisory' and l.pid = pg_backend_pid() and l.granted
                    and l.classid = 1164 and l.objid = (hashtext(p_name)::bigint & 4294967295)::oid
                    and l.objsubid = 2)
$$;

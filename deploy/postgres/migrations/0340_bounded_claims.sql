-- es.append with one more kind of claim, `bound`: the key is `<most>:<prefix>`, and the command is a conflict
-- where as many keys of the space begin so already. Counted under the lock, so that commands decided at the
-- same moment cannot pass a quota together; who gets the conflict decides again, with the newer count.
set local role chronoplane_owner;

create or replace function es.append(
  -- one element per command
  p_account text[], p_stream text[], p_stream_type text[], p_expected int[], p_command text[],
  p_fingerprint bytea[], p_correlation text[], p_causation text[], p_actor text[], p_credential text[],
  p_surface text[], p_reason text[], p_epoch bigint[], p_result text[], p_rejected boolean[],
  p_expires text[], p_previous bytea[], p_leaf bytea[], p_count int[], p_claims int[],
  -- one per event: its command's place in the arrays above, its place in that command
  e_of int[], e_no int[], e_id text[], e_type text[], e_schema int[], e_data text[], e_leaf bytea[],
  -- one per claim, in the order they are to be done
  c_of int[], c_op text[], c_space text[], c_key text[],
  -- one per secret
  s_of int[], s_id text[], s_account text[], s_owner text[], s_key_version int[], s_nonce bytea[],
  s_ciphertext bytea[])
returns setof es.verdict
language plpgsql security definer
set search_path = pg_catalog, es, pg_temp set lock_timeout = '2s' set plan_cache_mode = force_generic_plan
as $$
declare
  size constant int := cardinality(p_command);
  -- per command that was accepted: the position and version before its first event; else null
  base_position bigint[] := array_fill(null::bigint, array[size]);
  pos bigint; ts timestamptz; leader bigint; events int := 0; inserted int;
  q record; earlier record; head record; held record; most int; prefix text; there int;
begin
  perform pg_advisory_xact_lock(1163, 1);
  select l.floor_position into pos from es.log l where l.log = 1;
  ts := '-infinity';
  for q in select e.position, e.recorded_at from es.event e order by e.position desc limit 1 loop
    pos := greatest(pos, q.position); ts := q.recorded_at;
  end loop;
  ts := greatest(ts, clock_timestamp());
  select max(l.epoch) into leader from es.leader_epoch l where l.name = 'scheduler';

  <<commands>>
  for q in
    select u.*, a.fingerprint as a_fingerprint, a.position as a_position, a.version as a_version,
           a.result as a_result, a.rejected as a_rejected, a.found as answered,
           count(*) over (partition by u.actor, u.command) > 1 as twin, b.ops, b.spaces, b.keys
      from unnest(p_account, p_stream, p_stream_type, p_expected, p_command::uuid[], p_fingerprint, p_actor,
                  p_epoch, p_result, p_rejected, p_expires::timestamptz[], p_previous, p_leaf, p_count, p_claims)
           with ordinality as u(account, stream, stream_type, expected, command, fingerprint, actor,
                                epoch, result, rejected, expires, previous, leaf, n, claims, i)
      left join lateral (select true as found, a.fingerprint, a.position, a.version, a.result, a.rejected
                           from es.command a
                          where a.actor = u.actor and a.command_id = u.command and a.expires_at > ts
                          limit 1) a on true
      left join (select f, array_agg(op order by o) as ops, array_agg(space order by o) as spaces,
                        array_agg(key order by o) as keys
                   from unnest(c_of, c_op, c_space, c_key) with ordinality as b(f, op, space, key, o)
                  group by f) b on b.f = u.i
     order by u.i
  loop
    if q.answered is null and q.twin then           -- the same command twice in one batch
      select a.fingerprint, a.position, a.version, a.result, a.rejected into earlier
        from es.command a where a.actor = q.actor and a.command_id = q.command and a.expires_at > ts;
      if found then
        q.answered := true; q.a_fingerprint := earlier.fingerprint; q.a_position := earlier.position;
        q.a_version := earlier.version; q.a_result := earlier.result; q.a_rejected := earlier.rejected;
      end if;
    end if;
    if q.answered then
      if q.a_fingerprint is distinct from q.fingerprint then
        return next row(q.i, 'key_reused', null, null, null, null, null, null, null)::es.verdict;
      else
        return next row(q.i, 'replayed', q.a_position, q.a_version, q.a_result, q.a_rejected,
                        null, null, null)::es.verdict;
      end if;
      continue;
    end if;
    if q.epoch is distinct from leader and q.epoch is not null then
      return next row(q.i, 'epoch_stale', null, null, null, null, null, null, null)::es.verdict;
      continue;
    end if;

    -- The head is only read here when nothing below would compare it in time.
    if q.n = 0 or q.claims > 0 then
      select h.version into head from es.stream h where h.stream_id = q.stream;
      if coalesce(head.version, 0) <> q.expected then
        return next row(q.i, 'conflict', null, coalesce(head.version, 0), null, null, null, null, null)::es.verdict;
        continue;
      end if;
    end if;
    if q.claims > 0 then                             -- looked at first, so that nothing is to be undone
      for n in 1 .. q.claims loop
        if q.ops[n] = 'bound' then
          most := split_part(q.keys[n], ':', 1)::int;
          prefix := substr(q.keys[n], strpos(q.keys[n], ':') + 1);
          select count(*) into there
            from (select 1 from es.claim h
                   where h.space = q.spaces[n] and h.key >= prefix
                     and h.key < left(prefix, -1) || chr(ascii(right(prefix, 1)) + 1)
                   limit most) held_keys;
          if there >= most then
            return next row(q.i, 'conflict', null, q.expected, null, null, null, null, null)::es.verdict;
            continue commands;
          end if;
        end if;
        continue when q.ops[n] <> 'take';
        select h.stream_id into held from es.claim h where h.space = q.spaces[n] and h.key = q.keys[n];
        if found and held.stream_id <> q.stream then
          return next row(q.i, 'claim_taken', null, null, null, null, q.spaces[n], q.keys[n],
                          held.stream_id)::es.verdict;
          continue commands;
        end if;
      end loop;
    end if;

    if q.n > 0 then
      if q.expected = 0 then
        insert into es.stream as h (stream_id, stream_type, account_id, version, first_position, last_position, leaf)
        values (q.stream, q.stream_type, q.account, q.n, pos + 1, pos + q.n, q.leaf)
        on conflict do nothing;
      else
        update es.stream h set version = q.expected + q.n, last_position = pos + q.n, leaf = q.leaf
         where h.stream_id = q.stream and h.version = q.expected
           and h.account_id = q.account and h.leaf = q.previous;
      end if;
      if not found then                              -- never silent: success that wrote nothing is the worst answer
        select h.version, h.account_id, h.leaf into head from es.stream h where h.stream_id = q.stream;
        return next row(q.i, case when coalesce(head.version, 0) <> q.expected then 'conflict'
                                  when head.account_id <> q.account then 'foreign_account' else 'foreign_leaf' end,
                        null, coalesce(head.version, 0), null, null, null, null, null)::es.verdict;
        continue;
      end if;
      base_position[q.i] := pos;
      pos := pos + q.n; events := events + q.n;
    end if;
    if q.claims > 0 then
      for n in 1 .. q.claims loop
        if q.ops[n] = 'take' then
          insert into es.claim (space, key, account_id, stream_id, position)
          values (q.spaces[n], q.keys[n], q.account, q.stream, pos) on conflict do nothing;
        elsif q.ops[n] = 'release' then
          delete from es.claim h
           where h.space = q.spaces[n] and h.key = q.keys[n] and h.stream_id = q.stream;
        end if;
      end loop;
    end if;
    return next row(q.i, 'appended', pos, q.expected + q.n, null, null, null, null, null)::es.verdict;
    -- An expired answer may still lie there: its key is free again.
    insert into es.command as a (actor, command_id, fingerprint, position, version, result, rejected, expires_at)
    values (q.actor, q.command, q.fingerprint, pos, q.expected + q.n, q.result, q.rejected,
            coalesce(q.expires, ts + interval '7 days'))
    on conflict (actor, command_id) do update
       set fingerprint = excluded.fingerprint, position = excluded.position, version = excluded.version,
           result = excluded.result, rejected = excluded.rejected, expires_at = excluded.expires_at;
  end loop;

  if events > 0 then                                 -- one insert for the whole batch, no ON CONFLICT near it
    insert into es.event
    select base_position[e.f] + e.no, ts, d.account, d.stream, d.stream_type, d.expected + e.no, e.id::uuid, e.type,
           e.schema, d.command::uuid, d.correlation::uuid, d.causation::uuid, d.actor, d.credential, d.surface,
           d.reason, e.data, e.leaf
      from unnest(e_of, e_no, e_id, e_type, e_schema, e_data, e_leaf) as e(f, no, id, type, schema, data, leaf)
      join unnest(p_account, p_stream, p_stream_type, p_expected, p_command, p_correlation, p_causation, p_actor,
                  p_credential, p_surface, p_reason) with ordinality
           as d(account, stream, stream_type, expected, command, correlation, causation, actor,
                credential, surface, reason, i) on d.i = e.f
     where base_position[e.f] is not null;
    get diagnostics inserted = row_count;
    if inserted <> events then
      raise exception 'the batch counts % events and brings %', events, inserted;
    end if;
    if cardinality(s_of) > 0 then
      insert into vault.secret (id, account_id, owner_id, key_version, nonce, ciphertext)
      select u.id, u.account, u.owner, u.key_version, u.nonce, u.ciphertext
        from unnest(s_of, s_id, s_account, s_owner, s_key_version, s_nonce, s_ciphertext)
             as u(f, id, account, owner, key_version, nonce, ciphertext)
       where base_position[u.f] is not null;
    end if;
  end if;
end $$;

-- An erasure may be followed up again long after: when the stream of events was lost and is relayed
-- anew. What was sealed after it must not be taken with it.
set local role chronoplane_owner;

drop function vault.destroy_keys(text, text);

create function vault.destroy_keys(p_account text, p_owner text, p_until timestamptz) returns int
language sql security definer set search_path = pg_catalog, vault, pg_temp as $$
  with destroyed as (
    update vault.data_key k set wrapped_key = null, destroyed_at = clock_timestamp()
     where k.account_id = p_account and k.owner_id = p_owner and k.wrapped_key is not null
       and k.created_at <= p_until
    returning 1)
  select count(*)::int from destroyed
$$;

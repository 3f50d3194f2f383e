select count(*)::int, (count(*) filter (where k.wrapped_key is null))::int
  from vault.secret s
  join vault.data_key k using (account_id, owner_id, key_version)
 where s.account_id = %(account_id)s and s.owner_id = %(owner_id)s

select s.id
  from vault.secret s
  join vault.data_key k using (account_id, owner_id, key_version)
 where s.account_id = %(account_id)s and s.id = any(%(ids)s) and k.wrapped_key is null

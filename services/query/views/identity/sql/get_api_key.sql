select k.id, k.principal_id, k.name, k.expires_at, k.revoked_at, k.created_at
  from view.api_key k
 where valid(k) and k.id = %(key_id)s

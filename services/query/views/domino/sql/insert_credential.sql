insert into view.git_credential (
  id, valid_from, principal_id, name, domain, provider, protocol, username, mac, secret_id, created_at)
values (
  %(git_credential_id)s, %(position)s, %(principal_id)s, %(name)s, %(domain)s, %(provider)s, %(protocol)s,
  %(username)s, %(mac)s, %(secret_id)s, %(at)s)

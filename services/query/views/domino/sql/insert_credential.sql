insert into view.git_credential (
  id, valid_from, principal_id, name, domain, provider, protocol, username, mac, created_at)
values (
  %(git_credential_id)s, %(position)s, %(principal_id)s, %(name)s, %(domain)s, %(provider)s, %(protocol)s,
  %(username)s, %(mac)s, %(at)s)

insert into view.api_key (id, valid_from, principal_id, name, expires_at, created_at)
values (%(key_id)s, %(position)s, %(principal_id)s, %(name)s, %(expires_at)s, %(at)s)

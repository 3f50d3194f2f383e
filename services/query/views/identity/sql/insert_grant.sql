insert into view.access_grant (id, valid_from, principal_id, action, resource, created_at)
values (%(grant_id)s, %(position)s, %(principal_id)s, %(action)s, %(resource)s, %(at)s)

insert into view.password (principal_id, valid_from, account_id, secret_id)
values (%(principal_id)s, %(position)s, %(account_id)s, %(secret_id)s)

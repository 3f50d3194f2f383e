insert into view.subscription (id, valid_from, account_id, key_id, name, after, created_at)
values (%(subscription_id)s, %(position)s, %(account_id)s, %(key_id)s, %(name)s, %(after)s, %(at)s)

insert into view.share (project_id, valid_from, account_id, secret_id, digest, shared_at)
values (%(project_id)s, %(position)s, %(account_id)s, %(secret_id)s, %(digest)s, %(at)s)

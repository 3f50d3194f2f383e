update view.git_credential set valid_to = %(position)s where id = %(git_credential_id)s and valid_to is null

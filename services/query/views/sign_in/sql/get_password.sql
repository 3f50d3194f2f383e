select p.account_id, p.secret_id from view.password p where p.principal_id = %(principal_id)s and p.valid_to is null

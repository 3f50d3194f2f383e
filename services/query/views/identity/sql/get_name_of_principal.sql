select p.name from view.principal p where p.id = %(principal_id)s and p.valid_to is null

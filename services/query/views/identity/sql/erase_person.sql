-- What was sealed later has a key of its own and is erased by an erasure of its own.
update view.principal set name = %(erased)s, email = null
 where id = %(principal_id)s and kind = 'user' and valid_from < %(position)s

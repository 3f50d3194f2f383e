update view.subscription set valid_to = %(position)s
 where id = %(subscription_id)s and valid_to is null

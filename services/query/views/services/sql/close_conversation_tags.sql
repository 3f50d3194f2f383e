update view.conversation_tag t set valid_to = %(position)s
 where t.service_id = %(service_id)s and t.valid_to is null

insert into view.service_event (service_id, position) values (%(service_id)s, %(position)s)

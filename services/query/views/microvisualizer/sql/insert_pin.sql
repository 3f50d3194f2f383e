insert into view.pin (principal_id, project_id, valid_from, pinned_at)
values (%(principal_id)s, %(project_id)s, %(position)s, %(at)s)

insert into view.record_version (record_id, number, valid_from, content, created_at, created_by)
values (%(record_id)s, %(number)s, %(position)s, %(content)s, %(at)s, %(actor)s)

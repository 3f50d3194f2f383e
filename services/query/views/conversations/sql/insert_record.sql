insert into view.record (
  id, valid_from, project_id, kind, name, description, is_deprecated, versions, created_at, updated_at)
values (%(record_id)s, %(position)s, %(project_id)s, %(kind)s, %(name)s, %(description)s, false, 0, %(at)s, %(at)s)

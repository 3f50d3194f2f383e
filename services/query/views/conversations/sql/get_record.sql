select r.id, r.project_id, r.kind, r.name, r.description, r.is_deprecated, r.versions, r.created_at, r.updated_at
  from view.record r
 where valid(r) and r.id = %(record_id)s and r.kind = %(kind)s

select r.build_id, r.status, r.message, r.revision::text, r.account_id, r.image
  from view.environment_revision r
 where valid(r) and r.environment_id = %(environment_id)s and r.id = %(id)s

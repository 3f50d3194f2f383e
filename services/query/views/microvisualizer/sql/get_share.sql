select h.account_id, h.secret_id, h.shared_at
  from view.share h
 where h.project_id = %(project_id)s and h.valid_to is null

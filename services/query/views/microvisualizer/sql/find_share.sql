select h.project_id from view.share h where h.digest = %(digest)s and h.valid_to is null

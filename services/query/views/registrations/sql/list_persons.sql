select p.id from view.principal p where valid(p) $where

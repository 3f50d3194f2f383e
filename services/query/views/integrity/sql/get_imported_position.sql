select i.position
  from es.imported i
 where i.import_id = %(import_id)s and i.origin = %(origin)s

select a.import_id, a.state, a.begun_at, a.report
  from transfer.arrival a
 where a.import_id = %(import_id)s

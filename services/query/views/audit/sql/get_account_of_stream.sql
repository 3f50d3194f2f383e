select t.account_id, t.stream_type from es.stream t where t.stream_id = %(stream)s

select d.position, d.event_type, d.state, d.attempts, d.last_at, d.next_at, d.status, d.reason
  from webhook.delivery d
 where d.webhook_id = %(webhook_id)s and d.position < %(before)s
   and (%(state)s::text is null or d.state = %(state)s)
 order by d.position desc
 limit %(limit)s

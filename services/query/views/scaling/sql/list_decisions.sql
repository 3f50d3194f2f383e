-- Of all times up to the moment: a decision is an event, not a state that ends with the next one.
select c.at, c.valid_from, c.desired, c.previous, c.reasons, c.inputs
  from view.scaling c
 where c.service_id = %(service_id)s and c.kind = 'decision' and c.valid_from <= %(until)s
 order by c.valid_from desc
 limit %(limit)s

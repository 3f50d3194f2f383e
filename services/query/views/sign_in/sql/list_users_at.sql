-- Two are enough to know that it is not one.
select p.id from view.principal p
 where lower(p.email) = lower(%(address)s) and p.kind = 'user' and p.valid_to is null
 limit 2

select s.id from view.subscription s
 where valid(s) and s.id > %(after)s
 order by s.id
 limit %(limit)s

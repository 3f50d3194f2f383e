select s.id, s.account_id, s.key_id, s.after,
       (select count(*) from view.subscription o
         where o.account_id = s.account_id and o.valid_to is null
           and o.valid_from < s.valid_from) as earlier
  from view.subscription s
 where valid(s) and s.key_id = %(key_id)s
 order by s.valid_from
 limit 1000

with ended as (
  update view.certificate c set valid_to = %(position)s
   where c.service_id = %(service_id)s and c.valid_to is null
  returning 1)
-- Through `ended`, so that the row before is closed first: only one may be open.
insert into view.certificate (
  service_id, valid_from, account_id, project_id, domain, chain, key_id, names, not_before, not_after, issuer,
  fingerprint, at)
select %(service_id)s, %(position)s, %(account_id)s, %(project_id)s, %(domain)s, %(chain)s, %(key_id)s, %(names)s,
       %(not_before)s, %(not_after)s, %(issuer)s, %(fingerprint)s, %(at)s
  from (select count(*) from ended) one

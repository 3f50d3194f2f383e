-- The total is there also for a page past the end, whose other columns are null.
with matched as materialized (
  select p.id, p.valid_from, p.created_at from view.domino_project p
   where valid(p) and not p.archived
     and (%(everything)s or p.id = any(%(ids)s::text[]))
     and not p.id = any(%(hidden)s::text[])),
page as (
  select m.* from matched m order by m.created_at, m.id limit %(limit)s offset %(offset)s)
select t.total, p.id, p.account_id, p.profile::text, p.collaborators::text, p.created_at, p.updated_at
  from (select count(*) as total from matched) t
  left join page g on true
  left join view.domino_project p on p.id = g.id and p.valid_from = g.valid_from
 order by g.created_at, g.id

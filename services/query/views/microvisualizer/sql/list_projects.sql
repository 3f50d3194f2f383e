-- The total is there also for a page past the end, whose other columns are null. A project changes
-- when it or one of its services does; the services are counted for those that are shown only.
with matched as materialized (
  select p.id, p.valid_from, n.pinned_at,
         greatest(p.updated_at, coalesce(c.at, p.updated_at)) as updated_at,
         case when c.at >= p.updated_at then c.actor else p.updated_by end as updated_by,
         case when c.at >= p.updated_at then c.credential_id else p.updated_with end as updated_with
    from view.project_profile p
    left join view.pin n on n.principal_id = %(me)s and n.project_id = p.id and valid(n)
    left join lateral (
      select l.at, l.actor, l.credential_id from view.service_change l
       where l.project_id = p.id and l.position <= %(until)s
       order by l.position desc limit 1) c on true
   where valid(p) and (%(everything)s or p.id = any(%(ids)s)) and not p.id = any(%(hidden)s)
     and (%(archived)s::boolean is null or p.archived = %(archived)s)
     and (%(pinned)s::boolean is null or (n.project_id is not null) = %(pinned)s)
     and (%(created_by)s::text is null or p.created_by = %(created_by)s)
     and (%(name_part)s::text is null or strpos(lower(p.name), lower(%(name_part)s)) > 0)),
page as (
  select m.* from matched m order by m.updated_at desc, m.id desc limit %(limit)s offset %(offset)s)
select t.total, p.id, p.account_id, p.handle, p.name, p.description, p.archived, g.pinned_at, s.services,
       p.created_by, p.created_with, p.created_at, g.updated_by, g.updated_with, g.updated_at
  from (select count(*) as total from matched) t
  left join page g on true
  left join view.project_profile p on p.id = g.id and p.valid_from = g.valid_from
  left join lateral (
    select count(*)::int as services from view.snapshot s where s.project_id = p.id and valid(s)) s on true
 order by g.updated_at desc, g.id desc

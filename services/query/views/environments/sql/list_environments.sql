with matched as materialized (
  select e.* from view.environment e
   where valid(e) and not e.is_archived
     and (e.visibility = 'global' or %(accounts)s::text[] is null or e.account_id = any(%(accounts)s::text[]))),
page as (
  select m.* from matched m order by lower(m.name), m.id limit %(limit)s offset %(offset)s)
select t.total, e.id, e.account_id, e.name, e.description, e.visibility, e.is_curated, e.is_default, e.is_archived, e.created_at,
       e.updated_at,
       (select to_jsonb(r)::text from view.environment_revision r
         where valid(r) and r.environment_id = e.id order by r.number desc limit 1),
       (select to_jsonb(r)::text from view.environment_revision r
         where valid(r) and r.environment_id = e.id and r.status = 'succeeded' order by r.number desc limit 1),
       (select to_jsonb(r)::text from view.environment_revision r
         where valid(r) and r.environment_id = e.id and r.id = e.restricted_id limit 1),
       (select coalesce(array_agg(r.id order by r.number), '{}') from view.environment_revision r
         where valid(r) and r.environment_id = e.id)
  from (select count(*) as total from matched) t
  left join page e on true
 order by lower(e.name), e.id

-- Without an id the default one.
select e.id, e.account_id, e.name, e.description, e.visibility, e.is_curated, e.is_default, e.is_archived, e.created_at,
       e.updated_at,
       (select to_jsonb(r)::text from view.environment_revision r
         where valid(r) and r.environment_id = e.id and (%(revision_id)s::text is null or r.id = %(revision_id)s)
         order by r.number desc limit 1),
       (select to_jsonb(r)::text from view.environment_revision r
         where valid(r) and r.environment_id = e.id and r.status = 'succeeded' order by r.number desc limit 1),
       (select to_jsonb(r)::text from view.environment_revision r
         where valid(r) and r.environment_id = e.id and r.id = e.restricted_id limit 1),
       (select coalesce(array_agg(r.id order by r.number), '{}') from view.environment_revision r
         where valid(r) and r.environment_id = e.id)
  from view.environment e
 where valid(e) and (e.id = %(id)s::text or (%(id)s::text is null and e.is_default and not e.is_archived))
 order by e.created_at
 limit 1

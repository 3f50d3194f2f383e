select t.id, t.project_id, t.service_id, t.name, t.description, t.version_set_name, t.persona_id, t.scenario_id,
       t.interactions_max, t.success_criteria, t.tags, t.is_deleted, t.created_at, t.updated_at, t.created_by, t.updated_by
  from view.unit_test t
 where valid(t) and t.project_id = %(project_id)s
   and (%(ids)s::text[] is null or t.id = any(%(ids)s::text[]))
   and (%(visible)s::text[] is null or t.service_id = any(%(visible)s::text[]))
   and (%(service_ids)s::text[] is null or t.service_id = any(%(service_ids)s::text[]))
   and (%(persona_ids)s::text[] is null or t.persona_id = any(%(persona_ids)s::text[]))
   and (%(scenario_ids)s::text[] is null or t.scenario_id = any(%(scenario_ids)s::text[]))
   and (%(metric_ids)s::text[] is null or exists (
        select from jsonb_array_elements(t.success_criteria::jsonb) as criterion(it)
         where it ->> 'metric_id' = any(%(metric_ids)s::text[])))
   and (%(creator_ids)s::text[] is null or split_part(t.created_by, ':', 2) = any(%(creator_ids)s::text[]))
   and (%(tags)s::text[] is null
        or view.conversation_tags('{"tags":' || t.tags || '}') @> %(tags)s::text[])
   and (%(is_deleted)s::boolean is null or t.is_deleted = %(is_deleted)s::boolean)
   and (%(text)s::text is null or strpos(lower(t.name), lower(%(text)s::text)) > 0)
 order by t.id -- shape: made
 order by t.updated_at, t.id -- shape: +updated_at
 order by t.updated_at desc, t.id desc -- shape: -updated_at
 limit %(limit)s offset %(offset)s

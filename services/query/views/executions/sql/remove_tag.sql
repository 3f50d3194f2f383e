with old as (
  update view.execution set valid_to = %(position)s where id = %(id)s and valid_to is null returning *)
insert into view.execution
select r.* from old o, lateral jsonb_populate_record(
  null::view.execution,
  to_jsonb(o) || jsonb_build_object('tags', (
    select coalesce(jsonb_agg(t.tag order by t.place), '[]')
      from jsonb_array_elements(o.tags) with ordinality t(tag, place) where t.tag->>'id' <> %(tag_id)s))
    || jsonb_build_object('valid_from', %(position)s::bigint, 'valid_to', null)) r

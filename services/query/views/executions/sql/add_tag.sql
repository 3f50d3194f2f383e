with old as (
  update view.execution set valid_to = %(position)s where id = %(id)s and valid_to is null returning *)
insert into view.execution
select r.* from old o, lateral jsonb_populate_record(
  null::view.execution,
  to_jsonb(o) || jsonb_build_object('tags', o.tags || %(tag)s::jsonb)
    || jsonb_build_object('valid_from', %(position)s::bigint, 'valid_to', null)) r

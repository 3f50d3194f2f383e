-- `changes` are columns and their new values.
with old as (
  update view.environment set valid_to = %(position)s where id = %(id)s and valid_to is null returning *)
insert into view.environment
select r.* from old o, lateral jsonb_populate_record(
  null::view.environment,
  to_jsonb(o) || %(changes)s::jsonb
    || jsonb_build_object('valid_from', %(position)s::bigint, 'valid_to', null, 'updated_at', %(at)s::timestamptz)) r

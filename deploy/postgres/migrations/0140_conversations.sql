-- Services that converse: what they are filtered and sorted by, each order with its index over what
-- is true now; the unit tests of their version sets; and the records they refer to.
set local role chronoplane_query;

-- A tag is found by itself and, whatever its value, by `key:*`.
create function view.conversation_tags(p_conversation text) returns text[]
language sql immutable parallel safe as $$
  select coalesce(array_agg(t.word), '{}')
    from pg_catalog.jsonb_array_elements(p_conversation::jsonb -> 'tags') as tag(pair),
         lateral (values ((pair ->> 0) || ':' || coalesce(pair ->> 1, '')), ((pair ->> 0) || ':*')) as t(word)
$$;

alter table view.service
  add column conversation_active boolean generated always as (
    (conversation::jsonb ->> 'is_active')::boolean) stored,
  add column conversation_tags text[] generated always as (
    case when conversation is not null then view.conversation_tags(conversation) end) stored,
  -- Equal sets of tags are equal here; the sets themselves may be too long for an index.
  add column conversation_tags_key text collate "C" generated always as (
    case when conversation::jsonb -> 'tags' <> '[]'::jsonb then md5((conversation::jsonb -> 'tags')::text) end) stored;

create index service_now_conversation on view.service (project_id, id)
  where valid_to is null and conversation is not null;
create index service_now_conversation_name on view.service (project_id, name collate "C", id)
  where valid_to is null and conversation is not null;
create index service_now_conversation_active on view.service (project_id, conversation_active, id)
  where valid_to is null and conversation is not null;
create index service_now_conversation_active_name
  on view.service (project_id, conversation_active, name collate "C", id)
  where valid_to is null and conversation is not null;
create index service_now_conversation_active_name_down
  on view.service (project_id, conversation_active, name collate "C" desc, id desc)
  where valid_to is null and conversation is not null;
create index service_now_conversation_tags on view.service using gin (conversation_tags)
  where valid_to is null and conversation is not null;
create index service_now_conversation_tags_key on view.service (project_id, conversation_tags_key)
  where valid_to is null and conversation_tags_key is not null;

create table view.unit_test (
  id               text collate "C" not null,
  valid_from       bigint      not null,
  valid_to         bigint,
  project_id       text collate "C" not null,
  service_id       text collate "C" not null,
  name             text        not null,
  description      text        not null,
  version_set_name text        not null,
  persona_id       text        not null,
  scenario_id      text        not null,
  interactions_max int         not null,
  success_criteria text        not null,
  tags             text        not null,
  is_deleted       boolean     not null,
  created_at       timestamptz not null,
  updated_at       timestamptz not null,
  created_by       text        not null,
  updated_by       text        not null,
  primary key (id, valid_from)
) with (fillfactor = 80);
create unique index unit_test_now on view.unit_test (id) where valid_to is null;
create index unit_test_now_list on view.unit_test (project_id, id) where valid_to is null;
create index unit_test_past on view.unit_test (project_id, valid_from);

create table view.record (
  id            text collate "C" not null,
  valid_from    bigint      not null,
  valid_to      bigint,
  project_id    text collate "C" not null,
  kind          text        not null,
  name          text        not null,
  description   text        not null,
  is_deprecated boolean     not null,
  versions      int         not null,
  created_at    timestamptz not null,
  updated_at    timestamptz not null,
  primary key (id, valid_from)
) with (fillfactor = 80);
create unique index record_now on view.record (id) where valid_to is null;
create index record_now_list on view.record (project_id, kind, id desc) where valid_to is null;
create index record_past on view.record (project_id, valid_from);

-- A version never changes and never ends.
create table view.record_version (
  record_id  text collate "C" not null,
  number     int         not null,
  valid_from bigint      not null,
  valid_to   bigint,
  content    text        not null,
  created_at timestamptz not null,
  created_by text        not null,
  primary key (record_id, number)
);

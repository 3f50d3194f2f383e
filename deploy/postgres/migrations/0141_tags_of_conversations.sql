-- Tags as rows of their own, so that those in use are read from one to the next along an index,
-- however many services have them and in however many combinations.
set local role chronoplane_query;

drop index view.service_now_conversation_tags_key;
alter table view.service drop column conversation_tags_key;

create table view.conversation_tag (
  project_id text collate "C" not null,
  service_id text collate "C" not null,
  tag        text collate "C" not null,   -- `key:value`, or `key:` where there is no value
  valid_from bigint not null,
  valid_to   bigint,
  primary key (service_id, tag, valid_from)
) with (fillfactor = 80);
create index conversation_tag_now on view.conversation_tag (project_id, tag) where valid_to is null;

insert into view.conversation_tag (project_id, service_id, tag, valid_from, valid_to)
select s.project_id, s.id, word, s.valid_from, s.valid_to
  from view.service s, unnest(s.conversation_tags) as word
 where word not like '%:*';

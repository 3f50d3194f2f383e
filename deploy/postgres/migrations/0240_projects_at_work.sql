-- Projects as those see them who work in them, and their goals.
set local role chronoplane_query;

create table view.domino_project (
  id            text collate "C" not null,
  valid_from    bigint      not null,
  valid_to      bigint,
  account_id    text collate "C" not null,
  archived      boolean     not null,
  profile       jsonb       not null,     -- what is shown and never searched by
  collaborators jsonb       not null,
  created_at    timestamptz not null,
  updated_at    timestamptz not null,
  primary key (id, valid_from)
);
create unique index domino_project_now on view.domino_project (id) where valid_to is null;
create index domino_project_list on view.domino_project (created_at, id) where valid_to is null and not archived;

create table view.project_goal (
  id           text collate "C" not null,
  valid_from   bigint      not null,
  valid_to     bigint,
  project_id   text collate "C" not null,
  title        text        not null,
  description  text,
  assignee_id  text,
  stage_id     text,
  is_complete  boolean     not null,
  created_by   text        not null,
  created_at   timestamptz not null,
  primary key (id, valid_from)
);
create unique index project_goal_now on view.project_goal (id) where valid_to is null;
create index project_goal_of on view.project_goal (project_id, id);

insert into view.checkpoint (view, version, state) values ('domino', 1, 'live');

-- Webhooks as they are shown, and the deliverer's own tables: attempts are no events (DESIGN 4.3).
set local role chronoplane_query;

create table view.webhook (
  id          text collate "C" not null,
  valid_from  bigint      not null,
  valid_to    bigint,
  account_id  text collate "C" not null,
  project_id  text collate "C",
  url         text        not null,
  description text        not null,
  types       text        not null,             -- JSON
  is_enabled  boolean     not null,
  secret_id   text        not null,
  since       bigint      not null,             -- the position of its making
  created_at  timestamptz not null,
  updated_at  timestamptz not null,
  primary key (id, valid_from)
);
create unique index webhook_now on view.webhook (id) where valid_to is null;
create index webhook_of_account on view.webhook (account_id, id);

insert into view.checkpoint (view, version, state) values ('webhooks', 1, 'live');

reset role;
create schema webhook authorization chronoplane_webhooks;
set local role chronoplane_webhooks;

-- Up to where the log was looked through for a webhook, and for replays that were asked for.
create table webhook.progress (
  webhook_id text   collate "C" primary key,
  position   bigint not null,
  replayed   bigint not null
);

create table webhook.delivery (
  webhook_id text        collate "C" not null,
  position   bigint      not null,
  event_type text        not null,
  payload    text,                              -- null once it was delivered
  state      text        not null check (state in ('pending', 'delivered', 'dead')),
  attempts   int         not null default 0,
  next_at    timestamptz,                       -- when it is tried; while it is, when to try again
  last_at    timestamptz,
  status     int,
  reason     text,
  primary key (webhook_id, position)
);
create index delivery_due on webhook.delivery (next_at) where state = 'pending';
create index delivery_state on webhook.delivery (webhook_id, state, position);

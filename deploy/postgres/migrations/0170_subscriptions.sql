-- Who follows the events of an account on the bus, with which key, from which position.
set local role chronoplane_query;

create table view.subscription (
  id         text collate "C" not null,
  valid_from bigint      not null,
  valid_to   bigint,
  account_id text collate "C" not null,
  key_id     text collate "C" not null,
  name       text        not null,
  after      bigint      not null,
  created_at timestamptz not null,
  primary key (id, valid_from)
);
create unique index subscription_now on view.subscription (id) where valid_to is null;
create index subscription_of_key on view.subscription (key_id) where valid_to is null;
create index subscription_of_account on view.subscription (account_id, valid_from);

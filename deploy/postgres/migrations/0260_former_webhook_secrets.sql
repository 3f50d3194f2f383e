-- A webhook's former secret signs beside the new one until its receiver had time to change.
set local role chronoplane_query;
alter table view.webhook add column former_secret_id text;
alter table view.webhook add column former_until timestamptz;

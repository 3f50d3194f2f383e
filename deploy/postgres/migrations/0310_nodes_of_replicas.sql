-- On which node a replica or a job was placed; empty of those before nodes had names.
set local role chronoplane_query;

alter table view.replica add column node text not null default '';
alter table view.execution add column node text not null default '';

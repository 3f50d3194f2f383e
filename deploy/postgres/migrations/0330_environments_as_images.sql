-- A revision that an engine built is an image; without one it is a prepared directory, and names none.
set local role chronoplane_query;

alter table view.environment_revision add column image text not null default '';

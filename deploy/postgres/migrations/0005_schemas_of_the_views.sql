-- The query process owns what can be rebuilt from the log (view) and what never was an event
-- (telemetry). Migrations of these schemas begin with `set local role chronoplane_query`.
create schema view authorization chronoplane_query;
create schema telemetry authorization chronoplane_query;

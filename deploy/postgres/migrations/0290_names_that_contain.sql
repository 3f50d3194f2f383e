-- A registry is searched for a part of a name: by its trigrams, or else all of a project would be read.
create schema trigrams;
create extension pg_trgm with schema trigrams;
grant usage on schema trigrams to chronoplane_query;

set local role chronoplane_query;

create index service_now_name_parts on view.service
  using gin (lower(name collate "C") trigrams.gin_trgm_ops) where valid_to is null;

-- The services of a project as of a moment, out of an index alone: beside those that were true then it
-- passes all that were true before, and to fetch each only to leave it out was most of the time.
set local role chronoplane_query;

-- Where the view was built anew its index has another name.
do $$
declare
  past regclass;
begin
  for past in
    select i.indexrelid::regclass from pg_index i
     where i.indrelid = 'view.service'::regclass
       and pg_get_indexdef(i.indexrelid) like '% USING btree (project\_id, slug, valid\_from)'
  loop
    execute format('drop index %s', past);
  end loop;
end $$;

create index service_then on view.service (project_id, slug, valid_from)
  include (valid_to, id, created_at, status, name);
create index service_then_conversation on view.service (project_id, id, valid_from)
  include (valid_to) where conversation is not null;
create index conversation_tag_then on view.conversation_tag (project_id, tag, valid_from)
  include (valid_to, service_id);

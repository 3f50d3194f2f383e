-- What a service is made of beside its workload, as JSON text in our words; and who made and last
-- changed it. Null where a service has no such facet.
set local role chronoplane_query;

alter table view.service
  add column registration  text,
  add column conversation  text,
  add column participation text,
  add column created_by    text not null default '',
  add column updated_by    text not null default '';

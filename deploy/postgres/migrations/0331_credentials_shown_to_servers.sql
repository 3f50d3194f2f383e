-- Which secret of the vault a credential is: who runs a job shows it to the git server. Of those that are there
-- already their events tell it.
set local role chronoplane_query;

alter table view.git_credential add column secret_id text;

-- The role of the views does not read the log by itself.
reset role;

update view.git_credential c
   set secret_id = e.data::jsonb -> 'secret' ->> 'secret_id'
  from es.event e
 where e.stream_id = 'git_credential-' || c.id and e.type = 'git_credential.added';

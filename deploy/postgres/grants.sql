-- What each role may do, applied after the migrations at every start. Nobody may write es.* but
-- through es.append and es.take_import, which run as chronoplane_owner; the sealer adds blocks and verifications.
revoke all on schema es, vault, view, telemetry, webhook, transfer from public;
revoke all on all tables in schema es from public, chronoplane_command, chronoplane_query, chronoplane_scheduler, chronoplane_sealer;
revoke all on all tables in schema vault from public, chronoplane_command, chronoplane_query, chronoplane_scheduler, chronoplane_sealer;
revoke all on all tables in schema transfer from public, chronoplane_command, chronoplane_query, chronoplane_scheduler, chronoplane_sealer;
revoke all on all functions in schema es, vault
  from public, chronoplane_command, chronoplane_query, chronoplane_scheduler, chronoplane_sealer;

grant usage on schema es to chronoplane_command, chronoplane_query, chronoplane_scheduler, chronoplane_sealer;
grant usage on schema vault to chronoplane_command, chronoplane_query;

grant select on es.log, es.stream, es.event, es.command, es.claim, es.leader_epoch to chronoplane_command;
-- Imports wait in schema transfer; es.take_import is their only way into the log.
grant usage on schema transfer to chronoplane_command, chronoplane_query;
grant select, insert, update, delete on all tables in schema transfer to chronoplane_command;
grant select on transfer.arrival to chronoplane_query;
grant select on es.import, es.imported to chronoplane_command, chronoplane_query;
grant execute on function es.take_import to chronoplane_command;
grant execute on function es.append, es.make_partitions, es.forget_answers, es.position_at to chronoplane_command;
-- The relay runs in the command process, one at a time, fenced like the scheduler.
grant execute on function es.lead, es.leads to chronoplane_command, chronoplane_scheduler, chronoplane_sealer;

grant select on es.log, es.stream, es.event, es.block, es.verification to chronoplane_query;
grant execute on function es.position_at to chronoplane_query;

grant select, insert on vault.data_key to chronoplane_command;
grant select on vault.secret to chronoplane_command;
grant execute on function vault.destroy_keys to chronoplane_command;
grant select on vault.data_key, vault.secret to chronoplane_query;

grant select on es.log, es.event to chronoplane_sealer;
grant select, insert on es.block, es.verification to chronoplane_sealer;

-- The deliverer owns its schema; what became of deliveries is shown by the query process.
grant usage on schema webhook to chronoplane_query;
grant select on webhook.delivery to chronoplane_query;

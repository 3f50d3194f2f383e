-- The roles, applied before the migrations at every start. Each process logs in with its own; none
-- is a superuser and none owns anything in `es` or `vault`. chronoplane_owner cannot log in.
do $$
declare
  name text;
begin
  foreach name in array array['chronoplane_owner', 'chronoplane_command', 'chronoplane_query',
                              'chronoplane_scheduler', 'chronoplane_sealer', 'chronoplane_webhooks'] loop
    if not exists (select from pg_roles where rolname = name) then
      execute format('create role %I nologin noinherit nocreatedb nocreaterole', name);
    end if;
    if exists (select from pg_roles where rolname = name and (rolsuper or rolreplication or rolbypassrls)) then
      raise exception 'the role % is privileged: triggers and grants would mean nothing', name;
    end if;
  end loop;
end $$;

-- Since 16 the maker of a role may give itself its membership, which `set role` below needs.
do $$
begin
  if not (select rolsuper from pg_roles where rolname = current_user) then
    execute format('grant chronoplane_owner, chronoplane_query, chronoplane_webhooks to %I', current_user);
  end if;
end $$;

alter role chronoplane_command   with login connection limit 40;
alter role chronoplane_query     with login connection limit 60;
alter role chronoplane_scheduler with login connection limit 10;
alter role chronoplane_sealer    with login connection limit 10;
alter role chronoplane_webhooks  with login connection limit 10;

alter role chronoplane_command   set statement_timeout = '15s';
alter role chronoplane_query     set statement_timeout = '60s';
alter role chronoplane_scheduler set statement_timeout = '5s';
alter role chronoplane_sealer    set statement_timeout = '15s';
alter role chronoplane_webhooks  set statement_timeout = '15s';
alter role chronoplane_command   set idle_in_transaction_session_timeout = '15s';
alter role chronoplane_query     set idle_in_transaction_session_timeout = '60s';
alter role chronoplane_scheduler set idle_in_transaction_session_timeout = '5s';
alter role chronoplane_sealer    set idle_in_transaction_session_timeout = '5s';
alter role chronoplane_webhooks  set idle_in_transaction_session_timeout = '5s';

do $$
begin
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to chronoplane_command, chronoplane_query, chronoplane_scheduler, chronoplane_sealer, chronoplane_webhooks',
                 current_database());
  execute format('grant create on database %I to chronoplane_owner', current_database());
end $$;
revoke all on schema public from public;

"""Nobody changes the past: not a role of ours by right, not even the superuser by accident."""

import psycopg
import pytest
from psycopg import errors

from shared.eventstore import EventStore
from tests.support.commits import commit
from tests.support.postgres import ROLES, Database

FORBIDDEN = {
    "update": "update es.event set actor = 'nobody'",
    "delete": "delete from es.event",
    "truncate": "truncate es.event",
    "truncate a partition": "truncate es.event_p0",
    "delete from a partition": "delete from es.event_p0",
    "insert": "insert into es.event select * from es.event",
    "move a stream": "update es.stream set version = 0",
    "steal a claim": "delete from es.claim",
    "forge an answer": "update es.command set result = 'forged'",
    "forge an epoch": "insert into es.leader_epoch values ('scheduler', 99, 'x', now())",
    "disable a trigger": "alter table es.event disable trigger all",
    "drop": "drop table es.event",
    "detach": "alter table es.event detach partition es.event_p0",
    "run a program": "copy (select 1) to program 'true'",
    "read a program": "copy es.event from program 'true'",
    "play replica": "set session_replication_role = replica",
    "become the owner": "set role chronoplane_owner",
    "replace append": "create or replace function es.refuse() returns trigger language sql as ''",
    "make a schema": "create schema mine",
    "make a temporary table": "create temporary table event (x int)",
    "un-erase a key": "update vault.data_key set wrapped_key = ''",
    "delete a secret": "delete from vault.secret",
    "read migrations": "select * from migration.applied",
}


@pytest.mark.parametrize("role", ROLES)
async def test_no_role_can_do_what_is_forbidden(
    database: Database, event_store: EventStore, role: str
) -> None:
    await event_store.append(commit("service-a"))
    done = []
    with psycopg.connect(database.dsn(role), autocommit=True) as connection:
        for name, statement in FORBIDDEN.items():
            try:
                connection.execute(statement)
            except errors.InsufficientPrivilege:
                continue
            done.append(name)
    assert done == []


@pytest.mark.parametrize(
    "role", ["chronoplane_query", "chronoplane_scheduler", "chronoplane_sealer"]
)
def test_only_the_command_process_may_append(database: Database, role: str) -> None:
    with psycopg.connect(database.admin) as connection:
        allowed = connection.execute(
            "select p.proname from pg_proc p where p.pronamespace = 'es'::regnamespace"
            " and has_function_privilege(%s, p.oid, 'execute') order by 1",
            [role],
        ).fetchall()
    names = {name for (name,) in allowed}
    expected = {
        "chronoplane_query": {"position_at"},
        "chronoplane_scheduler": {"lead", "leads"},
        "chronoplane_sealer": {"lead", "leads"},
    }
    assert names == expected[role]


def test_nobody_who_can_log_in_owns_anything_of_the_store(database: Database) -> None:
    with psycopg.connect(database.admin) as connection:
        owners = connection.execute(
            "select distinct r.rolname, r.rolcanlogin, r.rolsuper from pg_class c"
            " join pg_roles r on r.oid = c.relowner"
            " where c.relnamespace in ('es'::regnamespace, 'vault'::regnamespace)"
        ).fetchall()
        supers = connection.execute(
            "select rolname from pg_roles where rolname = any(%s) and rolsuper", [list(ROLES)]
        ).fetchall()
    assert owners == [("chronoplane_owner", False, False)]
    assert supers == []


@pytest.mark.parametrize("replica", [False, True])
@pytest.mark.parametrize(
    "statement",
    [
        "truncate es.event",
        "truncate es.event_p0",
        "truncate es.event_p1",
        "update es.event set data = '{}'",
        "update es.event_p0 set data = '{}'",
        "delete from es.event",
        "delete from es.event_p0",
    ],
)
async def test_even_the_superuser_meets_the_trigger(
    database: Database, event_store: EventStore, statement: str, replica: bool
) -> None:
    await event_store.append(commit("service-a"))
    with psycopg.connect(database.admin, autocommit=True) as connection:
        if replica:  # Which switches ordinary triggers off.
            connection.execute("set session_replication_role = replica")
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(statement)
    assert await event_store.head() == 1

"""One call of es.append with everything in it: each command gets its own verdict."""

import asyncio
from dataclasses import replace

import psycopg
import pytest
from psycopg import AsyncConnection

from shared.eventstore import (
    Appended,
    ClaimTaken,
    Commit,
    Conflict,
    EpochStale,
    EventStore,
    InconsistentCommit,
    InvalidCommit,
    KeyReused,
    Replayed,
)
from shared.eventstore.arrays import register
from shared.eventstore.batch import append_batch
from shared.eventstore.envelope import seal
from tests.support.commits import claim, commit, event
from tests.support.postgres import Database


async def test_verdicts_are_given_per_command(database: Database, event_store: EventStore) -> None:
    await event_store.append(commit("service-old", claims=(claim("take", "old"),)))
    old = await event_store.read("service-old")
    known = commit("service-known", fingerprint=b"1", result="first")
    await event_store.append(known)

    twin = commit("service-twin", event(), event(), fingerprint=b"t", result="twin")
    batch = [
        commit("service-new", claims=(claim("take", "new"),)),
        known,
        replace(known, fingerprint=b"2"),
        commit("service-old"),
        commit("service-thief", claims=(claim("take", "mine"), claim("take", "old"))),
        commit("service-late", claims=(claim("take", "new"),)),
        commit("service-stale", epoch=3),
        twin,
        twin,
        replace(twin, fingerprint=b"other"),
        commit("service-old", past=old, account_id="other"),
        commit("service-old", past=replace(old, leaf=b"x" * 32)),
        commit("service-old", past=old, claims=(claim("release", "old"),)),
        commit("service-heir", claims=(claim("take", "old"),)),
        replace(commit("service-none"), events=(), result="no", rejected=True),
        commit("service-old", past=old),
    ]
    async with await AsyncConnection.connect(database.command, autocommit=True) as connection:
        register(connection)
        verdicts = await append_batch(connection, [seal(c) for c in batch])

    foreign = [v for v in verdicts if isinstance(v, InconsistentCommit)]
    assert len(foreign) == 2
    assert [v for v in verdicts if v not in foreign] == [
        Appended(position=3, version=1),
        Replayed(position=2, version=1, result="first", rejected=False),
        KeyReused(),
        Conflict(version=1),
        ClaimTaken(space="slug", key="old", holder="service-old"),
        ClaimTaken(space="slug", key="new", holder="service-new"),
        EpochStale(),
        Appended(position=5, version=2),
        Replayed(position=5, version=2, result="twin", rejected=False),
        KeyReused(),
        Appended(position=6, version=2),
        Appended(position=7, version=1),
        Appended(position=7, version=0),
        Conflict(version=2),
    ]
    log = await event_store.read_log(0, 100)
    assert [e.stream for e in log] == [
        *("service-old", "service-known", "service-new", "service-twin", "service-twin"),
        *("service-old", "service-heir"),
    ]


async def test_one_command_that_postgres_refuses_leaves_its_batch_alone(
    database: Database, event_store: EventStore
) -> None:
    """The event of one is made to fail inside the statement, which then fails as a whole."""
    with psycopg.connect(database.admin) as admin:
        admin.execute("alter table es.event add constraint poison check (type <> 'poison')")
    await event_store.append(commit("service-warm"))
    commits: list[Commit] = [commit(f"service-{n}") for n in range(10)]
    commits[4] = commit("service-4", event(type="poison"))
    outcomes = await asyncio.gather(
        *(event_store.append(c) for c in commits), return_exceptions=True
    )
    assert isinstance(outcomes.pop(4), InvalidCommit)
    assert all(isinstance(outcome, Appended) for outcome in outcomes)
    assert await event_store.head() == 10
    assert (await event_store.read("service-4")).version == 0


async def test_the_log_goes_on_across_partitions(
    database: Database, event_store: EventStore
) -> None:
    with psycopg.connect(database.admin) as admin:
        admin.execute("update es.log set floor_position = 4999997")
    wide = commit("service-a", *(event() for _ in range(6)))
    assert await event_store.append(wide) == Appended(position=5_000_003, version=6)
    assert len(await event_store.read_log(4_999_997, 100)) == 6
    assert [e.version for e in (await event_store.read("service-a")).events] == [1, 2, 3, 4, 5, 6]
    with psycopg.connect(database.admin) as admin:
        counted = admin.execute("select count(*) from es.event_p1").fetchone()
    assert counted == (3,)


async def test_a_missing_partition_fails_loudly_and_makes_no_hole(
    database: Database, event_store: EventStore
) -> None:
    with psycopg.connect(database.admin) as admin:
        admin.execute("update es.log set floor_position = 90000000")
    with pytest.raises(InvalidCommit):
        await event_store.append(commit("service-a"))
    assert (await event_store.read("service-a")).version == 0

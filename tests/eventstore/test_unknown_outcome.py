"""The connection dies between the commit and its answer: nobody is told anything untrue."""

import asyncio

import pytest

from shared.eventstore import (
    Appended,
    Conflict,
    EventStore,
    OutcomeUnknown,
    Replayed,
    StoreUnavailable,
    committer,
)
from tests.support.commits import claim, commit, event
from tests.support.postgres import Database
from tests.support.severed import severed_way


async def test_a_lost_answer_is_found_again(database: Database) -> None:
    async with severed_way(database.command) as way:
        store = await EventStore.open(way.dsn, pool_max=1)
        await store.append(commit("service-warm"))
        way.swallowing = 1
        lost = commit("service-a", event(), event(), claims=(claim("take", "api"),), result="r")
        assert await store.append(lost) == Appended(position=3, version=2)
        assert way.swallowed == 1
        assert await store.head() == 3
        assert await store.append(lost) == Replayed(
            position=3, version=2, result="r", rejected=False
        )
        await store.close()


async def test_a_whole_batch_is_found_again_with_each_its_own_verdict(database: Database) -> None:
    async with severed_way(database.command) as way:
        store = await EventStore.open(way.dsn, pool_max=1)
        await store.append(commit("service-warm"))
        way.swallowing = 1
        verdicts = await asyncio.gather(
            *(store.append(commit(f"service-{n}")) for n in range(20)),
            store.append(commit("service-warm")),
        )
        assert way.swallowed == 1
        assert verdicts.pop() == Conflict(version=1)
        assert sorted(v.position for v in verdicts if isinstance(v, Appended)) == [*range(2, 22)]
        assert await store.head() == 21
        await store.close()


async def test_what_stays_unknown_is_said_and_may_be_sent_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committer, "PATIENCE_SECONDS", 0.2)
    async with severed_way(database.command) as way:
        store = await EventStore.open(way.dsn, pool_max=1)
        await store.append(commit("service-warm"))
        way.swallowing = 1000
        lost = commit("service-a", result="r")
        with pytest.raises(OutcomeUnknown):
            await store.append(lost)
        way.swallowing = 0
        assert await store.append(lost) == Replayed(
            position=2, version=1, result="r", rejected=False
        )
        await store.close()


async def test_what_was_never_sent_is_called_unavailable(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committer, "PATIENCE_SECONDS", 0.2)
    async with severed_way(database.command) as way:
        store = await EventStore.open(way.dsn, pool_max=1)
        way.swallowing = 1000
        with pytest.raises(StoreUnavailable):
            await store.append(commit("service-a"))
        way.swallowing = 0
        assert await store.head() == 0
        await store.close()


async def test_closing_writes_what_already_waits(database: Database) -> None:
    store = await EventStore.open(database.command, pool_max=1)
    appends = [asyncio.create_task(store.append(commit(f"service-{n}"))) for n in range(50)]
    await asyncio.sleep(0)
    await store.close()
    verdicts = await asyncio.gather(*appends)
    assert all(isinstance(verdict, Appended) for verdict in verdicts)
    with pytest.raises(StoreUnavailable):
        await store.append(commit("service-late"))

"""A full disk is told at once and as what it is, and leaves nothing behind."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from shared.eventstore import Appended, EventStore, OutcomeUnknown, StoreFull, committer
from shared.eventstore.chain import verify
from tests.support.commits import commit
from tests.support.postgres import Database
from tests.support.severed import severed_way

AT_ONCE_SECONDS = 3.0


@contextmanager
def full_disk(database: Database) -> Iterator[None]:
    """The answer that Postgres gives when it cannot make a file longer."""
    with psycopg.connect(database.admin, autocommit=True) as admin:
        admin.execute(
            "create or replace function es.disk_full() returns trigger language plpgsql as"
            " $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$"
        )
        admin.execute(
            "create trigger disk_full before insert on es.event"
            " for each statement execute function es.disk_full()"
        )
        yield
        admin.execute("drop trigger disk_full on es.event")


async def test_it_is_told_at_once_and_writing_goes_on_with_room(database: Database) -> None:
    store = await EventStore.open(database.command, pool_max=2)
    assert await store.append(commit("service-a")) == Appended(position=1, version=1)
    refused = [commit(f"service-full-{number}") for number in range(20)]
    with full_disk(database):
        async with asyncio.timeout(AT_ONCE_SECONDS):
            answers = await asyncio.gather(
                *(store.append(one) for one in refused), return_exceptions=True
            )
            assert {type(answer) for answer in answers} == {StoreFull}
            assert (await store.read("service-a")).version == 1
    assert await store.head() == 1
    # The same commands, sent again, are written once.
    verdicts = await asyncio.gather(*(store.append(one) for one in refused))
    assert all(isinstance(verdict, Appended) for verdict in verdicts)
    log = await store.read_log(0, 100)
    assert [event.position for event in log] == list(range(1, 22))
    verify((await store.read("service-full-7")).events)
    await store.close()


async def test_a_commit_in_doubt_is_not_called_unwritten(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was sent, the connection died, and now the disk is full: it may be in the log."""
    monkeypatch.setattr(committer, "PATIENCE_SECONDS", 0.5)
    async with severed_way(database.command) as way:
        store = await EventStore.open(way.dsn, pool_max=1)
        await store.append(commit("service-warm"))
        way.swallowing = 1
        with full_disk(database), pytest.raises(OutcomeUnknown):
            await store.append(commit("service-a"))
        await store.close()

"""Postgres is killed under load: every acknowledged commit is there afterwards, exactly once.

Runs on a durable server of its own (fsync on), since killing is what it is for.
"""

import asyncio
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from deploy.local.postgres import EmbeddedPostgres
from deploy.postgres.migrate import migrate
from shared.eventstore import Appended, EventStore, Recorded
from shared.eventstore.chain import verify
from tests.support.commits import claim, commit
from tests.support.postgres import PASSWORDS, embedded_postgres

# A durable server on a stalled disk may need seconds for one flush, and for each recovery.
pytestmark = pytest.mark.timeout(120)

KILLS = 3
WRITERS = 16


@dataclass(slots=True)
class Load:
    """Each writer goes on in its own stream: what was acknowledged, by command id."""

    store: EventStore
    acknowledged: dict[str, Appended] = field(default_factory=dict)
    stopping: bool = False

    async def write(self, number: int) -> None:
        stream = f"service-{number}"
        while not self.stopping:
            past = await self.store.read(stream)
            made = commit(stream, past=past, claims=(claim("take", f"{number}-{past.version}"),))
            verdict = await self.store.append(made)
            assert isinstance(verdict, Appended), verdict
            self.acknowledged[made.command_id] = verdict

    async def grow(self, by: int) -> None:
        wanted = len(self.acknowledged) + by
        while len(self.acknowledged) < wanted:
            await asyncio.sleep(0.01)


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    with embedded_postgres(durable=True) as started:
        yield started


async def test_no_acknowledged_commit_is_lost_or_doubled(server: EmbeddedPostgres) -> None:
    await migrate(server.dsn(), PASSWORDS)
    dsn = make_conninfo(
        server.dsn(), user="chronoplane_command", password=PASSWORDS["chronoplane_command"]
    )
    load = Load(await EventStore.open(dsn, pool_max=8))
    writers = [asyncio.create_task(load.write(number)) for number in range(WRITERS)]
    async with asyncio.timeout(100):
        for _ in range(KILLS):
            await load.grow(by=60)
            assert server.pid is not None
            os.kill(server.pid, signal.SIGKILL)
            await asyncio.to_thread(server.start)
        await load.grow(by=60)
        load.stopping = True
        # No writer saw anything of it: what was in flight was found again or written again.
        await asyncio.gather(*writers)

    log = await _whole_log(load.store)
    positions = {event.command_id: event.position for event in log}
    assert len(positions) == len(log), "a command was written twice"
    assert {c: v.position for c, v in load.acknowledged.items()} == positions
    assert [event.position for event in log] == list(range(1, len(log) + 1))
    for number in range(WRITERS):
        verify((await load.store.read(f"service-{number}")).events)
    await load.store.close()


async def test_a_cut_connection_is_not_an_answer(server: EmbeddedPostgres) -> None:
    """Backends are cut over and over while commits are on their way."""
    await migrate(server.dsn(), PASSWORDS)
    dsn = make_conninfo(
        server.dsn(), user="chronoplane_command", password=PASSWORDS["chronoplane_command"]
    )
    load = Load(await EventStore.open(dsn, pool_max=8))
    writers = [asyncio.create_task(load.write(number)) for number in range(WRITERS)]
    async with asyncio.timeout(100):
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            for _ in range(10):
                await load.grow(by=10)
                admin.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where application_name = 'eventstore-committer'"
                )
        load.stopping = True
        await asyncio.gather(*writers)
    log = await _whole_log(load.store)
    assert sorted(e.command_id for e in log) == sorted(load.acknowledged)
    await load.store.close()


async def test_reads_and_appends_wait_out_an_outage(server: EmbeddedPostgres) -> None:
    await migrate(server.dsn(), PASSWORDS)
    dsn = make_conninfo(
        server.dsn(), user="chronoplane_command", password=PASSWORDS["chronoplane_command"]
    )
    store = await EventStore.open(dsn, pool_max=4)
    await store.append(commit("service-a"))
    await asyncio.to_thread(server.stop)
    reads = [asyncio.create_task(store.read("service-a")) for _ in range(8)]
    append = asyncio.create_task(store.append(commit("service-b")))
    await asyncio.sleep(2.0)
    assert not any(task.done() for task in (*reads, append))
    await asyncio.to_thread(server.start)
    async with asyncio.timeout(3):
        assert {past.version for past in await asyncio.gather(*reads)} == {1}
        assert await append == Appended(position=2, version=1)
    await store.close()


async def _whole_log(store: EventStore) -> list[Recorded]:
    log: list[Recorded] = []
    while page := await store.read_log(len(log), 1000):
        log.extend(page)
    return log

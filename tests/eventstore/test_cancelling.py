"""A task that is told to end while it reads does end, however often it is tried."""

import asyncio

from shared.eventstore import EventStore
from tests.support.postgres import Database


async def test_a_reader_that_is_cancelled_ends(database: Database) -> None:
    # One connection for many: they are cancelled while they wait for each other's.
    store = await EventStore.open(database.query, pool_max=1, read_only=True)

    async def read_for_ever() -> None:
        while True:
            await store.head()

    try:
        for round_ in range(60):
            tasks = [asyncio.create_task(read_for_ever()) for _ in range(6)]
            await asyncio.sleep(0.005 + 0.0003 * (round_ % 10))
            for task in tasks:
                task.cancel()
            _, still_running = await asyncio.wait(tasks, timeout=2)
            assert still_running == set()
    finally:
        await store.close()

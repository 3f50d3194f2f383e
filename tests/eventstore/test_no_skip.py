"""The skip test: writers race, a reader tails the log, and it never misses a committed event.

Sequences fail this within seconds; positions given under the batch lock cannot.
"""

import asyncio

from shared.eventstore import Appended, EventStore
from tests.support.commits import commit
from tests.support.postgres import Database

WRITERS = 8
COMMITS_EACH = 250


async def test_a_tailing_reader_skips_nothing(database: Database) -> None:
    stores = [await EventStore.open(database.command, pool_max=1) for _ in range(WRITERS)]
    reader = await EventStore.open(database.query, pool_max=1, read_only=True)
    seen: list[int] = []

    async def write(number: int) -> list[int]:
        positions = []
        for n in range(COMMITS_EACH):
            verdict = await stores[number].append(commit(f"service-{number}-{n}"))
            assert isinstance(verdict, Appended)
            positions.append(verdict.position)
        return positions

    async def tail() -> None:
        while len(seen) < WRITERS * COMMITS_EACH:
            # read_log itself raises LogHole; the list below is the independent witness.
            for event in await reader.read_log(seen[-1] if seen else 0, 500):
                seen.append(event.position)
            await asyncio.sleep(0)

    try:
        async with asyncio.timeout(60):
            *acknowledged, _ = await asyncio.gather(*(write(n) for n in range(WRITERS)), tail())
    finally:
        await asyncio.gather(*(store.close() for store in (*stores, reader)))
    written = sorted(position for positions in acknowledged or [] for position in positions or [])
    assert written == list(range(1, WRITERS * COMMITS_EACH + 1))
    assert seen == written

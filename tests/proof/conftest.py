"""A log with a sealer of its own for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from shared.eventstore import EventStore
from shared.eventstore.reader import Reader
from tests.proof.office import Office
from tests.support.postgres import Database


@pytest_asyncio.fixture
async def office(database: Database, tmp_path: Path) -> AsyncIterator[Office]:
    store = await EventStore.open(database.command, pool_max=4)
    reader = await Reader.open(database.sealer, pool_max=2)
    yield Office(database=database, store=store, reader=reader, folder=tmp_path)
    await reader.close()
    await store.close()

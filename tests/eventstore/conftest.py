"""The stores under test: every contract test runs against both."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.eventstore import EventStore, MemoryStore, Store
from tests.support.postgres import Database


@pytest_asyncio.fixture(params=["memory", "postgres"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    database: Database = request.getfixturevalue("database")
    opened = await EventStore.open(database.command, pool_max=4)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def event_store(database: Database) -> AsyncIterator[EventStore]:
    opened = await EventStore.open(database.command, pool_max=4)
    yield opened
    await opened.close()

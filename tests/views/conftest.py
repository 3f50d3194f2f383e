"""One world per test, over a fresh database."""

from collections.abc import AsyncIterator

import pytest

from tests.support.postgres import Database
from tests.views.world import World, world_over


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    async with world_over(database) as made:
        yield made

"""A gateway whose bus knows one organization, one conversation and one unit test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.surfaces.amigo.office import furnish
from tests.surfaces.stubs import Gateway, gateway_of


@pytest_asyncio.fixture
async def gateway(keys_dir: Path) -> AsyncIterator[Gateway]:
    made = gateway_of(keys_dir)
    furnish(made)
    yield made
    await made.client.aclose()
    made.parts.hashers.close()

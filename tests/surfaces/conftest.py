"""One gateway per test, over a stub of the bus."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.surfaces.stubs import Gateway, gateway_of


@pytest_asyncio.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    made = gateway_of(tmp_path)
    yield made
    await made.client.aclose()
    made.parts.hashers.close()

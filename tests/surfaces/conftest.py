"""One gateway per test, over a stub of the bus."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.keys import make_keys
from shared.runtime.keys import Keys
from shared.runtime.secret import Secret
from tests.surfaces.stubs import WEBHOOK, Gateway, gateway_of


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    make_keys(
        Keys(folder), nats_users=("gateway",), admin_token=None, webhook_secret=Secret(WEBHOOK)
    )
    return folder


@pytest_asyncio.fixture
async def gateway(keys_dir: Path) -> AsyncIterator[Gateway]:
    made = gateway_of(keys_dir)
    yield made
    await made.client.aclose()
    made.parts.hashers.close()

"""The console over a stubbed bus, for somebody who is signed in."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from deploy.keys import make_keys
from shared.runtime.keys import Keys
from shared.runtime.secret import Secret
from tests.console.browsing import seen
from tests.console.stage import set_the_scene
from tests.surfaces.stubs import CALLER, TOKEN, WEBHOOK, Gateway, gateway_of

__all__ = ["seen"]  # the fixture, for every module here

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


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
    set_the_scene(made)
    yield made
    await made.client.aclose()
    made.parts.hashers.close()


@pytest_asyncio.fixture
async def visitor(gateway: Gateway) -> httpx.AsyncClient:
    """Signed in by the form, as a browser would."""
    response = await gateway.client.post(
        "/console/sign-in", data={"token": TOKEN}, headers=SAME_ORIGIN
    )
    assert response.status_code == 303, response.text
    session_id = gateway.dispatch.sent[-1].command.session_id
    gateway.dispatch.callers[session_id] = replace(CALLER, key_id=session_id)
    return gateway.client

"""The engines the conformance suite runs over: each mode of the process engine that this machine
can give.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.scheduler.runtimes.process.probe import IsolationRequired
from tests.runtimes.engine import Engine, open_engine


@pytest.fixture(params=["isolated", "trusted"])
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Engine]:
    try:
        made = await open_engine(tmp_path, request.param)
    except IsolationRequired as error:
        pytest.skip(str(error))
    yield made
    await made.close()


@pytest.fixture
async def isolated(tmp_path: Path) -> AsyncIterator[Engine]:
    try:
        made = await open_engine(tmp_path, "isolated")
    except IsolationRequired as error:
        pytest.skip(str(error))
    yield made
    await made.close()

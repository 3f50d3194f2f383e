"""The engines the conformance suite runs over: each mode of the process engine that this machine
can give, and a container engine where one answers or can be started.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from services.scheduler.runtimes.process.probe import IsolationRequired
from services.scheduler.runtimes.process.settings import Isolation
from tests.runtimes.container_engine import (
    ContainerEngine,
    drop_installation,
    open_container_engine,
    share_installation,
)
from tests.runtimes.engine import Engine
from tests.runtimes.process_engine import ProcessEngine, open_process_engine
from tests.support.containers import GROUP, TestEngine

CONTAINER = pytest.param("container", marks=pytest.mark.xdist_group(GROUP))


@pytest.fixture(params=["isolated", "trusted", CONTAINER])
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Engine]:
    if request.param == "container":
        share_installation(request.getfixturevalue("installation"), tmp_path)
        found = request.getfixturevalue("test_engine")
        made: Engine = await open_container_engine(tmp_path, found)
    else:
        made = await process(tmp_path, request.param)
    yield made
    await made.close()


@pytest.fixture(params=["isolated", "trusted"])
async def process_engine(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[ProcessEngine]:
    made = await process(tmp_path, request.param)
    yield made
    await made.close()


@pytest.fixture
async def isolated(tmp_path: Path) -> AsyncIterator[ProcessEngine]:
    made = await process(tmp_path, "isolated")
    yield made
    await made.close()


@pytest.fixture(scope="session")
def installation(
    tmp_path_factory: pytest.TempPathFactory, test_engine: TestEngine
) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("installation")
    yield folder
    drop_installation(folder, test_engine)


@pytest.fixture
async def containers(
    tmp_path: Path, test_engine: TestEngine, installation: Path
) -> AsyncIterator[ContainerEngine]:
    share_installation(installation, tmp_path)
    made = await open_container_engine(tmp_path, test_engine)
    yield made
    await made.close()


async def process(folder: Path, isolation: Isolation) -> ProcessEngine:
    try:
        return await open_process_engine(folder, isolation)
    except IsolationRequired as error:
        pytest.skip(str(error))

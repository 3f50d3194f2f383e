"""Fixtures: one HAProxy per test, in a folder short enough for sockets."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.edge.harness import LAYOUT, Edge, HaproxyProcess, Replica, running


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="cp-edge-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture
async def haproxy(folder: Path) -> AsyncIterator[HaproxyProcess]:
    async with running(HaproxyProcess(folder)) as started:
        yield started


@pytest.fixture
async def edge(haproxy: HaproxyProcess) -> AsyncIterator[Edge]:
    started = Edge(haproxy).start()
    yield started
    await started.kill()


@pytest.fixture
async def replica() -> AsyncIterator[Replica]:
    started = await Replica("r1").start()
    yield started
    started.stop()


@pytest.fixture
async def second() -> AsyncIterator[Replica]:
    started = await Replica("r2").start()
    yield started
    started.stop()


@pytest.fixture
async def folder_haproxy(folder: Path) -> AsyncIterator[HaproxyProcess]:
    """With room for one service only."""
    async with running(HaproxyProcess(folder, replace(LAYOUT, slots=1))) as started:
        yield started


@pytest.fixture
async def folder_slow(folder: Path) -> AsyncIterator[HaproxyProcess]:
    """Waits for a request's head for one second only."""
    async with running(HaproxyProcess(folder, replace(LAYOUT, request_seconds=1))) as started:
        yield started

"""The disk is really full: a small file system of its own under the whole stack, filled to the last
byte while clients write. Needs root, to mount one."""

import asyncio
import itertools
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.checks import check_bus, check_order, check_services, check_told, read_log
from tests.faults.house import House, house
from tests.support.outpost import wait_for

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.xdist_group("full-disk")]

CLIENTS = 2
MEGABYTES = 512
FULL_SECONDS = 12.0
READY_SECONDS = 60.0
ANSWERS = 3


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "data"
    place.mkdir()
    asked = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "chronoplane-test", str(place)]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=10)
    except FileNotFoundError:
        pytest.skip("there is no mount here")
    if done.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True, timeout=10)


@pytest.fixture
def at_work(small_disk: Path) -> Iterator[House]:
    with house(small_disk.parent, clients=CLIENTS) as made:
        made.load.grow(by=ANSWERS, seconds=30)
        yield made


@pytest.mark.timeout(300)
def test_writes_are_refused_in_words_and_go_on_with_room(at_work: House, small_disk: Path) -> None:
    outpost, load = at_work.outpost, at_work.load
    ballast = small_disk / "ballast"
    fill(ballast)
    numbers = itertools.count()

    def refused() -> tuple[int, str] | None:
        fill(ballast)  # What a process gave back meanwhile.
        answer = outpost.create(name=f"much-{next(numbers)}", image="registry.example/app:1")
        return (answer.status, str(answer.body)) if answer.status >= 500 else None

    status, words = wait_for(refused, 60, lambda: "a write to be refused")
    assert status == 503, words
    told = len(load.told())
    deadline = time.monotonic() + FULL_SECONDS
    while time.monotonic() < deadline:
        fill(ballast)
        time.sleep(0.5)
    ballast.unlink()

    at_work.stack.wait_ready(READY_SECONDS)
    load.grow(by=ANSWERS, seconds=READY_SECONDS)
    load.stop()
    assert [client.failure for client in load.clients] == [None] * CLIENTS
    assert len(load.told()) >= told + CLIENTS * ANSWERS
    asyncio.run(check_all(at_work))


async def check_all(at_work: House) -> None:
    log = await read_log(at_work.stack)
    check_order(log)
    check_told(log, at_work.load.told())
    check_services(log, at_work.outpost)
    await check_bus(at_work.stack, len(log.events))


def fill(ballast: Path) -> None:
    """To the last byte."""
    handle = os.open(ballast, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    size = 4 * 1024 * 1024
    try:
        while size:
            try:
                if os.write(handle, bytes(size)) < size:
                    size //= 4
            except OSError:
                size //= 4
    finally:
        os.close(handle)

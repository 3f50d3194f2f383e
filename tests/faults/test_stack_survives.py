"""Kill -9 and worse, one after another, in the middle of mixed writes on the whole stack.

Nothing acknowledged is lost or doubled, and who asks a running service notices nothing."""

import asyncio
import os
import time
from collections.abc import Iterator

import pytest

from tests.faults.checks import (
    check_bus,
    check_order,
    check_services,
    check_told,
    check_views,
    read_log,
)
from tests.faults.faults import FAULTS
from tests.faults.house import House, house

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.xdist_group("faults")]

CLIENTS = 3
READY_SECONDS = 40.0
ANSWERS_AFTER = 3  # of every client, once the stack is ready again
EDGE_BACK_SECONDS = 6.0


@pytest.fixture(scope="module")
def at_work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("faults"), clients=CLIENTS) as made:
        made.load.grow(by=ANSWERS_AFTER, seconds=20)
        yield made


@pytest.mark.parametrize("fault", FAULTS)
async def test_writes_go_on_and_services_answer(at_work: House, fault: str) -> None:
    watcher = at_work.load.watcher
    failures, answers = len(watcher.failures), watcher.answers
    since = time.monotonic()
    await asyncio.to_thread(FAULTS[fault], at_work.stack)
    at_work.stack.wait_ready(READY_SECONDS)
    at_work.load.grow(by=ANSWERS_AFTER, seconds=30)
    failed = watcher.failures[failures:]
    if fault == "haproxy":
        # Its own death is seen, but not for long.
        failed = [(at, why) for at, why in failed if at - since > EDGE_BACK_SECONDS]
    assert failed == []
    assert watcher.answers > answers
    assert len(watcher.pids) == 1, "the replica was not the same all the time"
    log = await read_log(at_work.stack)
    check_order(log)


def test_these_tests_share_one_worker_and_so_one_stack(request: pytest.FixtureRequest) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        pytest.skip("there is one worker only")
    assert request.node.nodeid.endswith("@faults")


async def test_at_last_the_log_the_bus_and_the_views_agree(at_work: House) -> None:
    at_work.load.stop()
    assert [client.failure for client in at_work.load.clients] == [None] * CLIENTS
    told = at_work.load.told()
    log = await read_log(at_work.stack)
    check_order(log)
    check_told(log, told)
    assert any(one.tries > 1 for one in told), "no client ever noticed anything: no test at all"
    check_services(log, at_work.outpost)
    await check_bus(at_work.stack, len(log.events))
    await check_views(at_work.stack)

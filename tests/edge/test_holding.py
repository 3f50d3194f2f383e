"""Requests that arrive before the first replica is ready: held, within bounds."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

from services.edge.actual import read_load
from shared.bus.routes import Hold
from tests.edge.harness import (
    HOST,
    LAYOUT,
    Edge,
    HaproxyProcess,
    Replica,
    eventually,
    get,
    running,
    table,
)


async def _held(haproxy: HaproxyProcess) -> int:
    return (await read_load(haproxy.runtime, ("svc0001",)))["svc0001"].held


async def _until_held(haproxy: HaproxyProcess, count: int) -> None:
    async with asyncio.timeout(5):
        while await _held(haproxy) != count:
            await asyncio.sleep(0.01)


async def test_held_requests_are_all_answered_when_the_first_replica_is_ready(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    await edge.route(table())
    waiting = [asyncio.create_task(haproxy.get()) for _ in range(50)]
    await _until_held(haproxy, 50)
    since = time.monotonic()
    await edge.route(table(replica.backend(), generation=2))
    answers = await asyncio.gather(*waiting)
    assert {answer.status for answer in answers} == {200}
    assert time.monotonic() - since < 1.0
    assert await _held(haproxy) == 0


async def test_over_the_count_the_answer_is_503_with_retry_after(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    await edge.route(table(hold=Hold(limit=3, seconds=30)))
    waiting = [asyncio.create_task(haproxy.get()) for _ in range(3)]
    await _until_held(haproxy, 3)
    over = await asyncio.wait_for(haproxy.get(), 1)
    assert (over.status, over.headers["retry-after"]) == (503, "5")
    await edge.route(table(replica.backend(), generation=2))
    assert {answer.status for answer in await asyncio.gather(*waiting)} == {200}


async def test_over_the_time_the_answer_is_503_with_retry_after(
    edge: Edge, haproxy: HaproxyProcess
) -> None:
    await edge.route(table(hold=Hold(limit=3, seconds=0.3)))
    since = time.monotonic()
    late = await haproxy.get()
    assert (late.status, late.headers["retry-after"]) == (503, "5")
    assert 0.25 < time.monotonic() - since < 1.0
    assert await _held(haproxy) == 0


async def test_a_service_that_holds_none_answers_at_once(
    edge: Edge, haproxy: HaproxyProcess
) -> None:
    await edge.route(table(hold=Hold(limit=0, seconds=30)))
    assert (await asyncio.wait_for(haproxy.get(), 0.5)).status == 503


async def test_all_services_together_hold_a_bounded_number(folder: Path) -> None:
    async with running(HaproxyProcess(folder, replace(LAYOUT, held_max=4))) as haproxy:
        edge = Edge(haproxy).start()
        await edge.route(table(hold=Hold(limit=100, seconds=30)))
        waiting = [asyncio.create_task(haproxy.get()) for _ in range(4)]
        await _until_held(haproxy, 4)
        assert (await asyncio.wait_for(haproxy.get(), 1)).status == 503
        for task in waiting:
            task.cancel()
        await edge.kill()


async def test_clients_that_leave_cost_no_place_for_longer_than_the_hold_lasts(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    # HAProxy 2.8 need not look at the client's side before it has chosen a replica.
    await edge.route(table(hold=Hold(limit=3, seconds=2.0)))
    await _ask_and_leave(haproxy, 3)
    await _until_held(haproxy, 0)
    held = asyncio.create_task(haproxy.get())
    await _until_held(haproxy, 1)
    await edge.route(table(replica.backend(), generation=2))
    assert (await held).status == 200


async def test_a_replica_does_not_work_for_clients_that_left(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    await edge.route(table(hold=Hold(limit=9, seconds=30)))
    await _ask_and_leave(haproxy, 3)
    held = asyncio.create_task(haproxy.get("/stays"))
    await asyncio.sleep(0.2)
    assert await _held(haproxy) >= 1
    await edge.route(table(replica.backend(), generation=2))
    assert (await held).status == 200
    assert [head.split(b" ")[1] for head in replica.heads] == [b"/stays"]


async def _ask_and_leave(haproxy: HaproxyProcess, count: int) -> None:
    """Whoever leaves before he is held is never held at all, so they leave together at last."""
    writers = []
    for _ in range(count):
        _, writer = await asyncio.open_connection("127.0.0.1", haproxy.port)
        writer.write(f"GET /left HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        writers.append(writer)
    await _until_held(haproxy, count)
    for writer in writers:
        writer.close()


async def test_a_held_request_outlives_the_time_for_request_heads(
    folder: Path, replica: Replica
) -> None:
    layout = replace(LAYOUT, request_seconds=1, client_seconds=2)
    async with running(HaproxyProcess(folder, layout)) as haproxy:
        edge = Edge(haproxy).start()
        await edge.route(table(hold=Hold(limit=3, seconds=30)))
        held = asyncio.create_task(haproxy.get())
        await asyncio.sleep(2.5)
        await edge.route(table(replica.backend(), generation=2))
        assert (await held).status == 200
        await edge.kill()


async def test_a_deletion_ends_the_wait_at_once(edge: Edge, haproxy: HaproxyProcess) -> None:
    await edge.route(table(hold=Hold(limit=3, seconds=30)))
    held = asyncio.create_task(haproxy.get())
    await _until_held(haproxy, 1)
    await edge.route(table(generation=2, gone=True))
    answer = await asyncio.wait_for(held, 1)
    assert answer.status == 503
    assert "retry-after" not in answer.headers
    await eventually(lambda: not edge.reconciler.actual.slots)


async def test_one_service_that_sleeps_does_not_slow_another(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    await edge.route(table(hold=Hold(limit=100, seconds=30)))
    await edge.route(table(replica.backend(), service_id="s2", hosts=("b.acme.localhost",)))
    waiting = [asyncio.create_task(haproxy.get()) for _ in range(100)]
    await _until_held(haproxy, 100)
    since = time.monotonic()
    for _ in range(20):
        assert (await get(haproxy.port, host="b.acme.localhost")).status == 200
    assert time.monotonic() - since < 1.0
    for task in waiting:
        task.cancel()

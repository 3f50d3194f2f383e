"""Requests to a host without a route: held for a moment under our suffix, else 404 at once."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

from tests.edge.harness import (
    LAYOUT,
    Edge,
    HaproxyProcess,
    Replica,
    accepts,
    eventually,
    running,
    table,
)


async def test_a_request_that_is_quicker_than_the_route_is_answered(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    early = [asyncio.create_task(haproxy.get()) for _ in range(10)]
    await asyncio.sleep(0.2)
    await edge.route(table(replica.backend()))
    assert {answer.status for answer in await asyncio.gather(*early)} == {200}


async def test_a_route_to_a_deleted_service_ends_the_wait_too(
    edge: Edge, haproxy: HaproxyProcess
) -> None:
    early = asyncio.create_task(haproxy.get())
    await asyncio.sleep(0.2)
    await edge.route(table(gone=True))
    assert (await early).status == 503


async def test_a_name_that_nobody_takes_is_404_after_a_second(haproxy: HaproxyProcess) -> None:
    since = time.monotonic()
    answer = await haproxy.get()
    assert answer.status == 404
    assert 0.9 < time.monotonic() - since < 2.0


async def test_a_foreign_host_is_404_at_once(haproxy: HaproxyProcess) -> None:
    since = time.monotonic()
    assert (await haproxy.get(host="shop.example")).status == 404
    assert time.monotonic() - since < 0.5


async def test_invented_names_are_held_in_a_bounded_number(folder: Path) -> None:
    async with running(HaproxyProcess(folder, replace(LAYOUT, held_max=8))) as haproxy:
        since = time.monotonic()
        held = [asyncio.create_task(haproxy.get()) for _ in range(2)]
        await asyncio.sleep(0.2)
        over = await asyncio.gather(*(haproxy.get(host=f"x{n}.a.localhost") for n in range(20)))
        assert {answer.status for answer in over} == {404}
        assert time.monotonic() - since < 0.8
        assert {answer.status for answer in await asyncio.gather(*held)} == {404}
        # The places are free again.
        since = time.monotonic()
        assert (await haproxy.get()).status == 404
        assert time.monotonic() - since > 0.9


async def test_a_restarted_haproxy_answers_who_comes_before_its_routes(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    await edge.route(table(replica.backend()))
    await haproxy.kill()
    await haproxy.start()
    await eventually(lambda: accepts(haproxy.port))
    assert (await haproxy.get()).status == 200

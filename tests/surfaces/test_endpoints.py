"""When a removal may be answered: every living edge has closed the endpoint, or time is over."""

import asyncio
import time

from services.gateway.endpoints import LIVE_SECONDS, WAIT_SECONDS, WAITING_MAX, Endpoints
from shared.bus.routes import RouteAck
from tests.surfaces.stubs import SetClock


def ack(edge_id: str, service_id: str = "s1", *, gone: bool = True) -> RouteAck:
    return RouteAck(edge_id=edge_id, service_id=service_id, generation=1, gone=gone)


async def test_it_waits_for_every_edge_that_lives() -> None:
    endpoints = Endpoints(clock=SetClock())
    endpoints.hear(ack("e1", "other", gone=False))
    endpoints.hear(ack("e2", "other", gone=False))
    waiting = endpoints.watch("s1")
    closing = asyncio.create_task(endpoints.closed(waiting))
    endpoints.hear(ack("e1"))
    endpoints.hear(ack("e2", gone=False))
    await asyncio.sleep(0.05)
    assert not closing.done()
    endpoints.hear(ack("e2"))
    assert await asyncio.wait_for(closing, 0.1)


async def test_an_edge_that_was_quicker_than_the_answer_counts() -> None:
    endpoints = Endpoints(clock=SetClock())
    waiting = endpoints.watch("s1")
    endpoints.hear(ack("e1"))
    assert await asyncio.wait_for(endpoints.closed(waiting), 0.1)


async def test_an_edge_that_is_away_is_not_waited_for() -> None:
    clock = SetClock()
    endpoints = Endpoints(clock=clock)
    endpoints.hear(ack("e1", "other"))
    clock.pass_by(LIVE_SECONDS + 1)
    waiting = endpoints.watch("s1")
    endpoints.hear(ack("e2"))
    assert await asyncio.wait_for(endpoints.closed(waiting), 0.1)


async def test_an_edge_that_says_nothing_costs_half_a_second_and_no_more() -> None:
    endpoints = Endpoints(clock=SetClock())
    began = time.monotonic()
    assert not await endpoints.closed(endpoints.watch("s1"))
    assert WAIT_SECONDS <= time.monotonic() - began < WAIT_SECONDS + 0.5


async def test_so_many_wait_and_no_more() -> None:
    endpoints = Endpoints(clock=SetClock())
    for number in range(WAITING_MAX):
        endpoints.watch(f"s{number}")
    assert endpoints.watch("one more") is None
    assert not await endpoints.closed(None)
    endpoints.forget("s0")
    assert endpoints.watch("one more") is not None

"""Requests over a real server: many at once, nobody there, nobody in time, after a restart."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from shared.bus.broker import Bus, Unanswered
from shared.bus.subjects import health_subject
from tests.support.nats import NatsServer

QUEUE = "query"


@pytest.fixture
async def buses(nats_bus: NatsServer) -> AsyncIterator[tuple[Bus, Bus]]:
    served, asking = Bus(nats_bus.settings(), "query"), Bus(nats_bus.settings(), "gateway")

    async def echo(subject: str, body: bytes, headers: dict[str, str]) -> bytes:
        if body == b"slow":
            await asyncio.sleep(1)
        if body == b"broken":
            raise ValueError("an accident")
        return body + headers.get("Told", "").encode()

    served.serve(health_subject("query"), QUEUE, echo)
    await served.start()
    await asking.start()
    yield served, asking
    await asking.stop()
    await served.stop()


async def test_each_of_many_gets_its_own_reply(buses: tuple[Bus, Bus]) -> None:
    _, asking = buses
    replies = await asyncio.gather(
        *(
            asking.request(health_subject("query"), b"%d" % n, seconds=5, headers={"Told": "!"})
            for n in range(500)
        )
    )
    assert replies == [b"%d!" % n for n in range(500)]


async def test_an_accident_is_told_and_silence_ends(buses: tuple[Bus, Bus]) -> None:
    _, asking = buses
    assert b"accident" in await asking.request(health_subject("query"), b"broken", seconds=5)
    with pytest.raises(Unanswered, match="no answer"):
        await asking.request(health_subject("query"), b"slow", seconds=0.1)
    with pytest.raises(Unanswered, match="nobody listens"):
        await asking.request(health_subject("edge"), b"", seconds=5)


async def test_requests_go_on_after_a_restart_of_the_server(
    nats_bus: NatsServer, buses: tuple[Bus, Bus]
) -> None:
    served, asking = buses
    assert await asking.request(health_subject("query"), b"a", seconds=5) == b"a"
    await nats_bus.stop()
    await nats_bus.start()
    async with asyncio.timeout(10):
        while not (served.is_connected and asking.is_connected):
            await asyncio.sleep(0.02)
    assert await asking.request(health_subject("query"), b"b", seconds=5) == b"b"


async def test_what_is_in_hand_at_the_end_is_answered(nats_bus: NatsServer) -> None:
    served, asking = Bus(nats_bus.settings(), "query"), Bus(nats_bus.settings(), "gateway")

    async def late(subject: str, body: bytes, headers: dict[str, str]) -> bytes:
        await asyncio.sleep(0.2)
        return b"done"

    served.serve(health_subject("query"), QUEUE, late)
    await served.start()
    await asking.start()
    waiting = asyncio.create_task(asking.request(health_subject("query"), b"", seconds=5))
    await asyncio.sleep(0.1)
    await served.stop()
    assert await waiting == b"done"
    await asking.stop()

"""What the edge tells of requests that wait: at once that one does, and later for how long."""

import asyncio
import time
from pathlib import Path

from services.edge.frames import Request, Tally
from services.edge.haproxy import REQUEST_SOCKET
from services.edge.measure import FramePublisher
from services.edge.request_log import listen, parse
from shared.bus.routes import COLD_MAX, Hold, decode_frames
from tests.edge.harness import Edge, HaproxyProcess, Replica, eventually, table

FAR = 1 << 60


async def test_the_first_held_request_is_told_at_once_and_only_the_first(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica, folder: Path
) -> None:
    waits: list[str] = []
    done: list[Request] = []
    lines = await listen(folder / REQUEST_SOCKET, done.append, waits.append)
    await edge.route(table(hold=Hold(limit=9, seconds=30)))
    held = [asyncio.create_task(haproxy.get())]
    await eventually(lambda: bool(waits))
    assert waits == [table().service_id]
    held += [asyncio.create_task(haproxy.get()) for _ in range(3)]
    await asyncio.sleep(0.3)
    assert len(waits) == 1
    assert done == []
    await edge.route(table(replica.backend(), generation=2))
    await asyncio.gather(*held)
    await eventually(lambda: len(done) == 4)
    for request in done:
        assert request.held == "ready"
        assert 0 < request.held_ms <= request.first_byte_ms <= request.duration_ms
    lines.close()


def test_who_waits_is_read_from_the_line_that_says_so() -> None:
    assert parse(b'{"waits":"s1"}') == "s1"


def request(**changes: object) -> Request:
    fields: dict[str, object] = {
        "service_id": "s1",
        "at_ms": 10_500,
        "status": 200,
        "duration_ms": 400,
        "waited_ms": 300,
        "bytes_in": 1,
        "bytes_out": 1,
        "end": "--",
        "held": "ready",
        "held_ms": 300,
        "first_byte_ms": 350,
        **changes,
    }
    return Request(**fields)  # type: ignore[arg-type]  # a test names what it is about


def test_a_request_that_waited_and_was_answered_is_told_by_itself() -> None:
    tally = Tally("e")
    tally.request(request())
    tally.request(request(held="late"))
    tally.request(request(end="CD"))
    tally.request(request(held=""))
    (frame,) = tally.take(FAR)
    assert frame.cold == ((10_100, 300, 350),)


def test_what_is_told_one_by_one_is_bounded() -> None:
    tally = Tally("e")
    for _ in range(COLD_MAX + 10):
        tally.request(request())
    (frame,) = tally.take(FAR)
    assert (frame.n, len(frame.cold)) == (COLD_MAX + 10, COLD_MAX)


async def test_a_second_without_traffic_is_told_as_none_while_somebody_counts() -> None:
    sent: list[bytes] = []

    async def publish(payload: bytes) -> None:
        sent.append(payload)

    tally = Tally("e")
    frames = FramePublisher(tally, publish, lambda: True)
    frames.close_seconds(before=FAR)
    await frames.publish_kept()
    assert sent == [], "HAProxy was never read: silence would be a lie"
    tally.sample(asyncio.get_running_loop().time(), {})
    frames.close_seconds(before=FAR)
    await frames.publish_kept()
    assert sent == [], "it was read long ago"


async def test_silence_is_told_only_of_loads_that_were_just_read() -> None:
    sent: list[bytes] = []

    async def publish(payload: bytes) -> None:
        sent.append(payload)

    tally, is_up = Tally("e"), True
    frames = FramePublisher(tally, publish, lambda: is_up)
    tally.sample(time.time(), {})
    frames.close_seconds(before=FAR)
    await frames.publish_kept()
    assert [decode_frames(payload) for payload in sent] == [()]
    is_up = False
    frames.close_seconds(before=FAR)
    is_up = True
    await frames.publish_kept()
    assert len(sent) == 1, "what nobody heard is not said later"

"""A second's traffic as numbers: pure sums, and the lines of a real HAProxy."""

import asyncio
import contextlib
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.edge.actual import Load
from services.edge.frames import Request, Tally, bucket_of
from services.edge.haproxy import REQUEST_SOCKET
from services.edge.measure import Sampler
from services.edge.request_log import BrokenStream, listen, parse, split
from shared.bus.routes import (
    LATENCY_BUCKETS,
    Frame,
    Hold,
    decode_frames,
    encode_frames,
)
from tests.edge.harness import Edge, HaproxyProcess, Replica, eventually, table

DONE = Request(
    service_id="s1",
    at_ms=10_500,
    status=200,
    duration_ms=3,
    waited_ms=0,
    bytes_in=100,
    bytes_out=200,
    end="--",
    held="",
)
FAR = 1 << 60


def test_a_request_counts_in_the_second_it_ended_in() -> None:
    tally = Tally("e")
    tally.request(DONE)
    tally.request(replace(DONE, at_ms=11_000, status=503, end="SC"))
    first, second = tally.take(FAR)
    assert (first.second, first.n, first.classes, first.failed) == (10, 1, (0, 1, 0, 0, 0), 0)
    assert (second.second, second.n, second.classes, second.failed) == (11, 1, (0, 0, 0, 0, 1), 1)
    assert (first.bytes_in, first.bytes_out, first.latency_ms) == (100, 200, 3)
    assert first.latency[2] == 1


def test_who_ended_it_is_told_apart() -> None:
    tally = Tally("e")
    tally.request(replace(DONE, end="CD"))
    tally.request(replace(DONE, end="sH"))
    tally.request(replace(DONE, end="LR", held="late", waited_ms=300))
    (frame,) = tally.take(FAR)
    assert (frame.aborted, frame.failed, frame.refused, frame.wait_ms) == (1, 1, 1, 300)


def test_only_seconds_that_are_over_are_taken_and_only_once() -> None:
    tally = Tally("e")
    tally.request(DONE)
    assert tally.take(10) == ()
    assert len(tally.take(11)) == 1
    assert tally.take(FAR) == ()


def test_concurrency_is_an_integral_over_the_second() -> None:
    tally = Tally("e")
    tally.sample(10.0, {"s1": Load(sessions=4)})
    tally.sample(10.5, {"s1": Load(sessions=1, held=1)})
    tally.sample(11.5, {})
    first, second = tally.take(FAR)
    assert (first.area, second.area) == (4 * 0.5 + 2 * 0.5, 2 * 0.5)
    assert first.queued_max == 1


def test_over_a_gap_in_the_samples_nothing_is_claimed() -> None:
    tally = Tally("e")
    tally.sample(10.0, {"s1": Load(sessions=4)})
    tally.sample(60.0, {})
    assert tally.take(FAR) == ()


def test_what_is_open_is_bounded() -> None:
    tally = Tally("e", open_max=2)
    for second in range(5):
        tally.request(replace(DONE, at_ms=second * 1000))
    assert (len(tally.take(FAR)), tally.dropped) == (2, 3)


@given(some.integers(0, 10**9))
def test_a_latency_lies_between_the_ends_of_its_bucket(milliseconds: int) -> None:
    bucket = bucket_of(milliseconds)
    assert 0 <= bucket < LATENCY_BUCKETS
    assert bucket == LATENCY_BUCKETS - 1 or milliseconds < 2**bucket
    assert bucket == 0 or milliseconds >= 2 ** (bucket - 1)


@given(some.lists(some.tuples(some.integers(0, 9_999), some.sampled_from([200, 404, 503]))))
def test_no_request_is_lost_or_doubled_however_seconds_are_taken(
    ends: list[tuple[int, int]],
) -> None:
    tally = Tally("e")
    frames: list[Frame] = []
    for index, (at_ms, status) in enumerate(ends):
        tally.request(replace(DONE, at_ms=at_ms, status=status))
        if index % 3 == 0:
            frames += tally.take(5)
    frames += tally.take(FAR)
    assert sum(frame.n for frame in frames) == len(ends)
    assert sum(sum(frame.classes) for frame in frames) == len(ends)
    assert sum(sum(frame.latency) for frame in frames) == len(ends)
    assert decode_frames(encode_frames(tuple(frames))) == tuple(frames)


@given(some.lists(some.binary(max_size=50)), some.integers(1, 7))
def test_lines_come_out_whole_however_the_stream_is_cut(lines: list[bytes], size: int) -> None:
    stream = b"".join(b"%d %s" % (len(line), line) for line in lines)
    found: list[bytes] = []
    pending = b""
    for start in range(0, len(stream), size):
        whole, pending = split(pending + stream[start : start + size])
        found += whole
    assert (found, pending) == (lines, b"")


@pytest.mark.parametrize("stream", [b"x 1", b"99999 a", b"12345", b"-1 a", b"2049 a"])
def test_a_stream_that_is_not_ours_is_given_up(stream: bytes) -> None:
    with pytest.raises(BrokenStream):
        split(stream)


def test_a_line_of_no_service_counts_for_none() -> None:
    assert parse(b'{"service":"-"}') is None


async def test_every_request_through_haproxy_is_counted_once(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    tally = Tally("e")
    server = await listen(haproxy.folder / REQUEST_SOCKET, tally.request)
    await edge.route(table(replica.backend()))
    await edge.route(table(service_id="s2", hosts=("b.acme.localhost",), hold=Hold(limit=0)))
    await asyncio.gather(*(haproxy.get() for _ in range(200)))
    await asyncio.gather(*(haproxy.get("/500") for _ in range(7)))
    await asyncio.gather(*(haproxy.get("/break", method="DELETE") for _ in range(3)))
    await asyncio.gather(*(haproxy.get(host="b.acme.localhost") for _ in range(5)))
    await haproxy.get(host="nobody.acme.localhost")
    frames: list[Frame] = []

    def all_came() -> bool:
        frames.extend(tally.take(FAR))
        return sum(frame.n for frame in frames) >= 215

    await eventually(all_came)
    await asyncio.sleep(0.1)
    frames += tally.take(FAR)
    first = [frame for frame in frames if frame.service_id == "s1"]
    assert sum(frame.n for frame in first) == 210
    assert [sum(column) for column in zip(*(f.classes for f in first), strict=True)] == [
        0, 200, 0, 0, 10,
    ]  # fmt: skip
    assert sum(frame.failed for frame in first) == 3
    second = [frame for frame in frames if frame.service_id == "s2"]
    assert sum(frame.n for frame in second) == sum(frame.refused for frame in second) == 5
    assert abs(frames[0].second - time.time()) < 5
    server.close()


async def test_requests_that_ended_while_the_edge_process_was_away_are_counted_later(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    await edge.route(table(replica.backend()))
    for _ in range(50):
        await haproxy.get()
    tally = Tally("e")
    server = await listen(haproxy.folder / REQUEST_SOCKET, tally.request)
    total = 0

    def all_came() -> bool:
        nonlocal total
        total += sum(frame.n for frame in tally.take(FAR))
        return total >= 50

    await eventually(all_came)
    assert total == 50
    server.close()


async def test_requests_in_flight_and_held_are_sampled_as_concurrency(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    await edge.route(table(replica.backend()))
    await edge.route(table(service_id="s2", hosts=("b.acme.localhost",)))
    await edge.reconciler.pass_once()
    slow = [asyncio.create_task(haproxy.get("/slow")) for _ in range(3)]
    held = [asyncio.create_task(haproxy.get(host="b.acme.localhost")) for _ in range(2)]
    await eventually(lambda: len(replica.heads) == 3)
    tally = Tally("e")
    sampler = Sampler(haproxy.runtime, tally, lambda: edge.reconciler.actual, lambda: None)
    sampling = asyncio.create_task(sampler.run())
    await asyncio.sleep(2.2)
    sampling.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await sampling
    frames = tally.take(FAR)
    whole = {frame.service_id: frame for frame in frames if frame.second == frames[0].second + 1}
    assert whole["s1"].area == pytest.approx(3, abs=0.01)
    assert whole["s2"].area == pytest.approx(2, abs=0.01)
    assert whole["s2"].queued_max == 2
    replica.release.set()
    await asyncio.gather(*slow)
    for task in held:
        task.cancel()


async def test_a_frame_names_the_busy_replica_where_there_are_several(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica, second: Replica
) -> None:
    await edge.route(table(replica.backend()))
    slow = [asyncio.create_task(haproxy.get("/slow")) for _ in range(2)]
    await eventually(lambda: len(replica.heads) == 2)
    await edge.route(table(replica.backend(), second.backend(), generation=2))
    await edge.reconciler.pass_once()
    tally = Tally("e")
    sampler = Sampler(haproxy.runtime, tally, lambda: edge.reconciler.actual, lambda: None)
    sampling = asyncio.create_task(sampler.run())
    await asyncio.sleep(1.5)
    sampling.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await sampling
    told = [frame.replicas for frame in tally.take(FAR) if frame.replicas]
    assert told[0] == (("r1", 2), ("r2", 0))
    replica.release.set()
    await asyncio.gather(*slow)

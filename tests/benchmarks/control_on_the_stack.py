"""What a user of services waits for and loses, on a whole stack: the first byte from zero, a
rollout of four replicas under load, and the death of the leading scheduler under load.

`python -m tests.benchmarks.control_on_the_stack`; part of `make bench`."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.edge.harness import Client
from tests.support.apps import echo
from tests.support.git import push
from tests.support.outpost import Outpost, admin, wait_for
from tests.support.stack import Stack, new_stack

ROUNDS = 12
REPLICAS = 4
CLIENTS = 8
HANDOVER_SECONDS = 60.0
IDLE = {"scale_to_zero_seconds": 1, "window_seconds": 6}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """`handover`: seconds from the leader's SIGKILL to the next term's beginning."""

    first_bytes: list[float]
    rollout_requests: int
    rollout_failed: int
    handover: float
    handover_requests: int
    handover_failed: int


def deploy(outpost: Outpost, name: str, **body: int) -> str:
    push(outpost.stack.repositories, f"default/{name}", echo())
    answer = outpost.create(name=name, repo=f"default/{name}", cpu=2, memory_gb=8, **body)
    assert answer.status == 201, answer
    outpost.wait_status(name, "running", 90.0)
    listed = outpost.ops("GET", "services?project=default&per_page=100").body["data"]
    return str(next(one["id"] for one in listed if one["name"] == name))


def from_zero(outpost: Outpost) -> list[float]:
    """Seconds from the request to its answer, each time asleep before."""
    service = deploy(outpost, "sleeps", min_replicas=0, max_replicas=1)
    assert outpost.ops("PUT", f"services/{service}/scaling", IDLE).status == 200
    took: list[float] = []
    for _ in range(ROUNDS):
        outpost.wait_status("sleeps", "stopped", 90.0)
        started = time.perf_counter()
        answer = outpost.traffic("sleeps", "/health", seconds=60)
        took.append(time.perf_counter() - started)
        assert answer.status == 200, answer
    outpost.delete("sleeps", force=True)
    return took


async def under_load(stack: Stack, name: str, what: Callable[[], Awaitable[None]]) -> list[int]:
    """The statuses of all requests during it; 0 where a connection broke."""
    statuses: list[int] = []
    ended = asyncio.Event()

    async def ask() -> None:
        client = Client(stack.edge_port, f"{name}.default.localhost")
        while not ended.is_set():
            try:
                status, _ = await client.get("/health")
            except (OSError, asyncio.IncompleteReadError):
                client, status = Client(stack.edge_port, f"{name}.default.localhost"), 0
            statuses.append(status)
        client.close()

    asking = [asyncio.create_task(ask()) for _ in range(CLIENTS)]
    try:
        await what()
    finally:
        ended.set()
        await asyncio.gather(*asking)
    return statuses


def rollout(outpost: Outpost, name: str) -> None:
    before = outpost.get(name).body["deployment"]
    answer = outpost.redeploy(name)
    assert answer.status == 200, answer
    wait_for(
        lambda: outpost.get(name).body["deployment"] != before or None, 30.0, lambda: "a rollout"
    )
    outpost.wait_status(name, "running", 120.0)


def handover(stack: Stack) -> float:
    with psycopg.connect(stack.superuser_dsn(), autocommit=True) as connection:

        def epoch() -> int:
            row = connection.execute(
                "select max(epoch) from es.leader_epoch where name = 'scheduler'"
            ).fetchone()
            assert row is not None
            return int(row[0])

        before = epoch()
        stack.kill9("scheduler")
        killed = time.perf_counter()
        while epoch() == before:
            assert time.perf_counter() - killed < HANDOVER_SECONDS, "nobody leads"
            time.sleep(0.02)
        return time.perf_counter() - killed


def measure(stack: Stack) -> Measured:
    outpost = admin(stack)
    first_bytes = from_zero(outpost)
    deploy(outpost, "four", min_replicas=REPLICAS, max_replicas=REPLICAS)
    seconds: list[float] = []

    async def roll() -> None:
        await asyncio.to_thread(rollout, outpost, "four")

    async def hand_over() -> None:
        seconds.append(await asyncio.to_thread(handover, stack))

    rolled = asyncio.run(under_load(stack, "four", roll))
    led = asyncio.run(under_load(stack, "four", hand_over))
    with suppress(AssertionError):
        stack.wait_ready()
    outpost.delete("four", force=True)
    return Measured(
        first_bytes=sorted(first_bytes),
        rollout_requests=len(rolled),
        rollout_failed=sum(status != 200 for status in rolled),
        handover=seconds[0],
        handover_requests=len(led),
        handover_failed=sum(status != 200 for status in led),
    )


def run() -> Measured:
    with tempfile.TemporaryDirectory(prefix="cp-bench-") as folder:
        stack = new_stack(Path(folder))
        try:
            stack.start()
            return measure(stack)
        finally:
            stack.end()


def show(seen: Measured) -> None:
    took = seen.first_bytes
    p50, p95 = took[len(took) // 2], took[min(len(took) - 1, int(len(took) * 0.95))]
    print("\n| Control, on the stack | measured | aim |")
    print("| --- | --- | --- |")
    print(f"| asleep → first byte, no-op service | p50 {p50:.2f} s, p95 {p95:.2f} s | p95 1 s |")
    print(
        f"| a rollout of {REPLICAS} under load: failed of {seen.rollout_requests:,} requests "
        f"| {seen.rollout_failed} | 0 |"
    )
    print(f"| the leading scheduler killed → the next leads | {seen.handover:.1f} s | 5 s |")
    print(
        f"| meanwhile: failed of {seen.handover_requests:,} requests | {seen.handover_failed} | 0 |"
    )


if __name__ == "__main__":
    show(run())

"""The smaller parts: crash loops, the queue, acks, batches of lines, pushes."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from services.scheduler.acks import LIVE_SECONDS, Acks
from services.scheduler.backoff import after_crash
from services.scheduler.model import Crashes
from services.scheduler.queue import WorkQueue
from services.scheduler.ship import BATCH_BYTES, batches
from services.scheduler.watch import is_behind
from shared.bus.routes import RouteAck, RouteTable
from tests.scheduler.making import SERVICE, deployment, service


class SetClock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self) -> float:
        return self.seconds


# Crash loops


def crash(before: Crashes | None, lived_seconds: float = 1.0, chance: float = 0.0) -> Crashes:
    return after_crash(before, now=0.0, lived_seconds=lived_seconds, chance=chance, cause="it")


def test_the_pause_doubles_up_to_a_minute() -> None:
    pauses, last = [], None
    for _ in range(9):
        last = crash(last)
        pauses.append(last.until)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_ten_minutes_of_life_forgive_what_was_before() -> None:
    worn = Crashes(count=7, until=0.0, cause="it")
    assert crash(worn, lived_seconds=599.0).count == 8
    assert crash(worn, lived_seconds=600.0).count == 1


def test_jitter_adds_at_most_a_quarter() -> None:
    assert crash(None, chance=0.999).until == pytest.approx(1.25, abs=0.01)


# The queue


async def run_for(queue: WorkQueue, seconds: float, workers: int = 2) -> None:
    tasks = [asyncio.create_task(queue.run()) for _ in range(workers)]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    queue.close()


async def test_a_key_is_looked_at_by_one_worker_and_again_when_woken_meanwhile() -> None:
    looks, inside = 0, 0

    async def look(key: str) -> float | None:
        nonlocal looks, inside
        inside += 1
        assert inside == 1
        looks += 1
        if looks == 1:
            queue.add(key)
            queue.add(key)
        await asyncio.sleep(0.01)
        inside -= 1
        return None

    queue = WorkQueue(look, lambda key, error: None)
    queue.add("a")
    await run_for(queue, 0.1)
    assert looks == 2


async def test_a_failing_key_waits_longer_each_time_and_news_do_not_shorten_it() -> None:
    looks: list[str] = []
    failures: list[str] = []

    async def look(key: str) -> float | None:
        looks.append(key)
        raise RuntimeError("broken")

    queue = WorkQueue(look, lambda key, error: failures.append(str(error)))

    async def pester() -> None:
        while True:
            queue.wake("a")
            await asyncio.sleep(0.002)

    pestering = asyncio.create_task(pester())
    await run_for(queue, 0.4)
    pestering.cancel()
    assert 2 <= len(looks) <= 5
    assert failures == ["broken"] * len(looks)


async def test_other_keys_go_on_beside_a_slow_one() -> None:
    seen: list[str] = []

    async def look(key: str) -> float | None:
        if key == "slow":
            await asyncio.sleep(10)
        seen.append(key)
        return None

    queue = WorkQueue(look, lambda key, error: None)
    for key in ("slow", "b", "c", "d"):
        queue.add(key)
    await run_for(queue, 0.1)
    assert seen == ["b", "c", "d"]


async def test_it_looks_again_when_it_was_told_to() -> None:
    looks = 0

    async def look(key: str) -> float | None:
        nonlocal looks
        looks += 1
        return 0.05 if looks == 1 else None

    queue = WorkQueue(look, lambda key, error: None)
    queue.add("a")
    await run_for(queue, 0.2)
    assert looks == 2


# Acks

TABLE = RouteTable(
    service_id=SERVICE,
    generation=5,
    state="live",
    hosts=(),
    name="a",
    namespace="b",
    account_id="c",
)


def ack(edge: str, generation: int, *busy: str) -> RouteAck:
    return RouteAck(edge_id=edge, service_id=SERVICE, generation=generation, busy=busy)


def test_without_any_edge_nothing_counts_as_done() -> None:
    assert not Acks(SetClock()).is_done(SERVICE, TABLE)


def test_every_live_edge_must_have_said_it() -> None:
    acks = Acks(SetClock())
    acks.hear(ack("e1", 5))
    assert acks.is_done(SERVICE, TABLE)
    acks.hear(ack("e2", 4, "r1"))
    assert not acks.is_done(SERVICE, TABLE)
    acks.hear(ack("e2", 6, "r1"))
    assert acks.is_done(SERVICE, TABLE)
    assert acks.busy(SERVICE) == {"r1"}


def test_an_edge_that_went_silent_is_not_waited_for() -> None:
    clock = SetClock()
    acks = Acks(clock)
    acks.hear(ack("e1", 4, "r1"))
    clock.seconds += LIVE_SECONDS + 1
    acks.hear(ack("e2", 5))
    assert acks.is_done(SERVICE, TABLE)
    assert acks.busy(SERVICE) == frozenset()


# Lines


def test_batches_stay_below_the_bus_limit_and_lose_no_line() -> None:
    lines = [{"seq": n, "message": "\x1b" * 16_000} for n in range(40)]
    bodies = batches(lines)
    assert len(bodies) > 1
    assert all(len(body) < BATCH_BYTES + 120_000 for body in bodies)
    found = [line["seq"] for body in bodies for line in json.loads(body)["lines"]]
    assert found == list(range(40))


# Pushes


@pytest.mark.parametrize(
    ("newest", "is_new"),
    [
        (deployment("d", "succeeded", commit="1" * 40), True),
        (deployment("d", "succeeded", commit="2" * 40), False),
        (deployment("d", "failed", commit="2" * 40), False),
        (deployment("d", "failed", commit=None), True),
        (deployment("d", "in_progress", commit="1" * 40), False),
    ],
)
def test_a_branch_is_deployed_when_it_has_what_nothing_was_deployed_from(
    newest: object, is_new: bool
) -> None:
    of = service(newest)  # type: ignore[arg-type]  # parametrize hides the type
    assert is_behind(of, "2" * 40) == is_new

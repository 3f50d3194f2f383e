"""The rounds: who is probed when, what is told of it, and when the prober doubts itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from services.prober.address import ReplicaTarget
from services.prober.judge import Verdict
from services.prober.probe import ProbeImpossible
from services.prober.rounds import Rounds
from tests.prober.office import BUSY, FAST, FINE, SILENT, Ward, id_of, target, until


@asynccontextmanager
async def going(rounds: Rounds[ReplicaTarget]) -> AsyncIterator[None]:
    task = asyncio.create_task(rounds.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def add(rounds: Rounds[ReplicaTarget], *numbers: int, is_ready: bool = False) -> None:
    for number in numbers:
        rounds.add(target(number), is_ready=is_ready, age=0.0, seen_at=1)


async def test_a_new_replica_is_probed_at_once_and_told_ready() -> None:
    ward = Ward()
    rounds = ward.rounds(replace(FAST, interval=30.0))
    async with going(rounds):
        add(rounds, 1)
        await until(lambda: ward.told)
    assert ward.told == [(id_of(1), Verdict(ready=True))]


async def test_one_that_gets_up_later_is_told_as_soon_as_it_does() -> None:
    ward = Ward(answers={id_of(1): SILENT})
    rounds = ward.rounds()
    async with going(rounds):
        add(rounds, 1)
        await until(lambda: len(ward.probed) > 3)
        assert ward.told == []
        ward.answers[id_of(1)] = FINE
        await until(lambda: ward.told)
    assert ward.told == [(id_of(1), Verdict(ready=True))]


async def test_a_fall_and_a_recovery_are_told_once_each() -> None:
    ward = Ward()
    rounds = ward.rounds()
    async with going(rounds):
        add(rounds, 1, is_ready=True)
        await until(lambda: len(ward.probed) > 2)
        ward.answers[id_of(1)] = SILENT
        await until(lambda: ward.told)
        ward.answers[id_of(1)] = FINE
        await until(lambda: len(ward.told) > 1)
        await asyncio.sleep(0.15)
    assert ward.told == [
        (id_of(1), Verdict(ready=False, reason="connection refused")),
        (id_of(1), Verdict(ready=True)),
    ]


async def test_what_was_removed_is_probed_and_told_of_no_more() -> None:
    ward = Ward(answers={id_of(1): SILENT})
    rounds = ward.rounds()
    async with going(rounds):
        add(rounds, 1)
        await until(lambda: ward.probed)
        rounds.remove(id_of(1))
        await asyncio.sleep(0.02)
        probed = len(ward.probed)
        await asyncio.sleep(0.1)
        assert len(ward.probed) == probed
    assert ward.told == []
    assert rounds.watched() == ()


async def test_most_falling_silent_at_once_is_doubted_and_nothing_is_told() -> None:
    ward = Ward()
    rounds = ward.rounds()
    async with going(rounds):
        add(rounds, *range(10), is_ready=True)
        await until(lambda: len(set(ward.probed)) == 10)
        ward.otherwise = SILENT
        await until(lambda: rounds.is_suspect)
        await asyncio.sleep(0.3)
        assert ward.told == []
        ward.otherwise = FINE
        await until(lambda: not rounds.is_suspect)
        await asyncio.sleep(0.1)
    assert ward.told == []
    assert all(watched.health.is_ready for watched in rounds.watched())


async def test_one_of_ten_falling_silent_is_believed() -> None:
    ward = Ward(answers={id_of(3): SILENT})
    rounds = ward.rounds()
    async with going(rounds):
        add(rounds, *range(10), is_ready=True)
        await until(lambda: ward.told)
    assert ward.told == [(id_of(3), Verdict(ready=False, reason="connection refused"))]


async def test_what_says_itself_that_it_is_unwell_is_always_believed() -> None:
    ward = Ward(otherwise=BUSY)
    rounds = ward.rounds()
    async with going(rounds):
        add(rounds, *range(10), is_ready=True)
        await until(lambda: len(ward.told) == 10)
    assert not rounds.is_suspect


async def test_a_probe_that_could_not_be_made_is_tried_again_and_blames_nobody() -> None:
    ward = Ward(answers={id_of(1): ProbeImpossible("no descriptors")})
    rounds = ward.rounds()
    async with going(rounds):
        add(rounds, 1, is_ready=True)
        await until(lambda: len(ward.probed) > 5)
    assert ward.told == []


async def test_slow_steady_replicas_do_not_keep_a_starting_one_waiting() -> None:
    ward = Ward()
    rounds = ward.rounds()
    hang = asyncio.Event()
    probe = ward._probe

    async def slow(probed: object, timeout: float) -> object:
        if getattr(probed, "replica_id", "") != id_of(999):
            await hang.wait()
        return await probe(probed, timeout)  # type: ignore[arg-type]  # the same target

    rounds._probe = slow  # type: ignore[assignment]  # the one part a test must slow down
    async with going(rounds):
        add(rounds, *range(100), is_ready=True)
        await asyncio.sleep(0.02)
        add(rounds, 999)
        await until(lambda: ward.told)
        hang.set()
    assert ward.told == [(id_of(999), Verdict(ready=True))]

"""Recorded traffic decided upon again: the same settings, the same decisions; others, others."""

import math
import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.scheduler.autoscale.meter import Meter
from shared.autoscale.decide import Sight, decide
from shared.autoscale.recording import Change, Recording, Second, Settings, with_changes
from shared.autoscale.replay import replayed
from shared.bus.routes import LATENCY_BUCKETS, Frame
from shared.domain.scaling.commands import ScalingMemory
from shared.domain.scaling.policy import Policy
from tests.scheduler.making import SERVICE, SERVING, service, workload

START = 1_800_000_000
READY_AFTER = 3.0
POLICY = Policy(target_concurrency=10.0, window_seconds=20.0, scale_to_zero_seconds=30.0)


def traffic(seed: int, seconds: int) -> list[Second]:
    """Waves, bursts and silences."""
    of, told = random.Random(seed), []
    level, left = 0.0, 0
    for at in range(START - 60, START + seconds):
        if left == 0:
            level, left = of.choice((0.0, 0.0, 3.0, 12.0, 60.0)), of.randrange(10, 90)
        left -= 1
        area = round(level * of.uniform(0.5, 1.5), 3)
        told.append(Second(at=at, area=area, n=round(area)))
    return [one for one in told if one.n or one.area]


def recorded(seconds: list[Second], settings: Settings, length: float) -> list[Change]:
    """As the scheduler's own loop does it: an edge that speaks every second, looks with a drift,
    and one at once for a request that waits."""
    meter, memory = Meter(), ScalingMemory()
    changes: list[Change] = []
    wanted, ready_at, scaled_at = 1, [float(START)], None
    heard = {one.at: one for one in seconds}
    done = replace(SERVING, finished_at=None)
    spoken, tick = START - 62, float(START)
    meter.of(SERVICE, settings.policy.window_seconds, START - 62.0)
    while True:
        now, waits = tick + 2.0137, False
        if not wanted:
            poke = next((one.at + 0.25 for one in seconds if one.at + 0.25 > tick), math.inf)
            now, waits = min(now, poke), poke <= now
        tick = tick if waits else now
        if now >= START + length:
            return changes
        while spoken + 1.301 <= now:
            told = heard.get(spoken)
            meter.hear("e1", () if told is None else (frame(told),), spoken + 1.301)
            spoken += 1
        of = meter.of(SERVICE, settings.policy.window_seconds, now)
        told_to = meter.told()
        assert told_to is not None
        document = replace(
            service(done, done, replicas=wanted),
            replicas_ready=sum(at <= now for at in ready_at),
            workload=workload(
                replicas_min=settings.replicas_min, replicas_max=settings.replicas_max
            ),
            scaled_at=scaled_at,
        )
        verdict = decide(
            Sight(
                now=now, service=document, policy=settings.policy, memory=memory,
                load=of.load(told_to), covered_for=meter.covered_for(now),
                idle_for=meter.idle_for(SERVICE, now), waits=waits,
                alive=wanted,
            )
        )  # fmt: skip
        assert verdict is not None
        memory = verdict.memory
        if not verdict.is_news:
            continue
        changes.append(
            Change(at=now, previous=wanted, desired=verdict.desired, reasons=verdict.reasons)
        )
        if verdict.desired != wanted:
            scaled_at = datetime.fromtimestamp(now, UTC)
            more = [now + READY_AFTER] * max(0, verdict.desired - wanted)
            wanted, ready_at = verdict.desired, sorted([*ready_at, *more])[: verdict.desired]
        if verdict.desired == 0:
            of.forget()


def frame(one: Second) -> Frame:
    return Frame(
        edge_id="e1", service_id=SERVICE, second=one.at, area=one.area, n=one.n,
        classes=(0, one.n, 0, 0, 0), failed=0, aborted=0, refused=0, queued_max=0, wait_ms=0,
        bytes_in=0, bytes_out=0, latency=(0,) * LATENCY_BUCKETS, latency_ms=0,
    )  # fmt: skip


def settings(low: int = 0, high: int = 8, policy: Policy = POLICY) -> Settings:
    return Settings(at=START, policy=policy, replicas_min=low, replicas_max=high)


def recording(seconds: list[Second], of: Settings, length: float, **given: object) -> Recording:
    fields: dict[str, object] = {"ready_after": READY_AFTER, **given}
    made = Recording(
        listened_since=START - 60.699,
        start=START,
        end=START + length,
        seconds=seconds,
        settings=(of,),
    )
    return replace(made, **fields)  # type: ignore[arg-type]  # fields of a table of tests


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("low", [0, 1])
def test_the_same_settings_come_to_the_recorded_decisions(seed: int, low: int) -> None:
    length = 1200.0
    seconds, of = traffic(seed, int(length)), settings(low)
    was = recorded(seconds, of, length)
    looked_at = tuple(one.at for one in was if one.previous)
    woken_at = tuple(one.at for one in was if not one.previous)
    outcome = replayed(recording(seconds, of, length, looked_at=looked_at, woken_at=woken_at))
    assert [(one.previous, one.desired) for one in outcome.changes] == [
        (one.previous, one.desired) for one in was
    ]
    for mine, theirs in zip(outcome.changes, was, strict=True):
        assert mine.at == pytest.approx(theirs.at, abs=0.05)
        assert mine.reasons == theirs.reasons
    assert outcome.most == max(one.desired for one in was)


def busy(begin: int, end: int, area: float) -> list[Second]:
    return [Second(at=START + at, area=area, n=round(area)) for at in range(begin, end)]


def test_more_room_is_used_and_costs_more() -> None:
    of = recording(busy(0, 200, 60.0), settings(1, 2), 300.0)
    small, large = replayed(of), replayed(of, lambda one: with_changes(one, {}, None, 8))
    assert (small.most, large.most) == (2, 8)
    assert large.replica_seconds > 2 * small.replica_seconds
    fixed = replayed(of, lambda one: with_changes(one, {}, 3, 3))
    assert (fixed.most, fixed.replica_seconds) == (3, 900.0)
    assert [one.desired for one in fixed.changes] == [3]


def test_who_may_sleep_lets_requests_wait_and_costs_less() -> None:
    of = recording([*busy(0, 10, 2.0), *busy(200, 210, 2.0)], settings(1, 2), 300.0)
    awake = replayed(of)
    asleep = replayed(of, lambda one: with_changes(one, {}, 0, None))
    assert (awake.cold_starts, awake.held_seconds) == (0, 0.0)
    assert awake.replica_seconds == 300.0
    # Three seconds until it is ready: two requests in each of them, half a second in.
    assert (asleep.cold_starts, asleep.refused) == (6, 0)
    assert asleep.held_seconds == pytest.approx(2 * (2.5 + 1.5 + 0.5))
    assert asleep.replica_seconds < 200.0
    assert [one.desired for one in asleep.changes] == [0, 1, 0]


def test_what_waits_too_long_or_finds_no_room_is_refused() -> None:
    of = recording(busy(10, 20, 4.0), settings(0, 2), 60.0, wanted=0, ready=0)
    impatient = replace(POLICY, hold_seconds=1.0)
    narrow = replace(POLICY, hold_limit=5)
    assert replayed(of).refused == 0
    one_second = replayed(of, lambda one: replace(one, policy=impatient))
    assert (one_second.cold_starts, one_second.refused) == (12, 8)
    assert replayed(of, lambda one: replace(one, policy=narrow)).refused == 7


def test_settings_that_changed_meanwhile_count_from_then_on() -> None:
    later = Settings(at=START + 100.0, policy=POLICY, replicas_min=4, replicas_max=8)
    of = recording([], settings(1, 2), 200.0, settings=(settings(1, 2), later))
    (change,) = replayed(of).changes
    assert change.at == pytest.approx(START + 100.0, abs=2.0)
    assert (change.previous, change.desired) == (1, 4)
    both = replayed(of, lambda one: with_changes(one, {}, None, 3))
    assert [one.desired for one in both.changes] == [3]  # The minimum follows the maximum.


def test_it_does_not_sleep_during_a_rollout() -> None:
    rollouts = ((START - 10.0, START + 150.0),)
    of = recording([], settings(0, 2), 240.0, rollouts=rollouts)
    (change,) = replayed(of).changes
    assert change.desired == 0
    assert change.at >= START + 180.0  # Thirty seconds of idling, counted from its end.


def test_a_maximum_of_nothing_ends_too() -> None:
    of = recording(busy(0, 30, 1.0), settings(0, 2), 60.0, wanted=0, ready=0)
    outcome = replayed(of, lambda one: with_changes(one, {}, 0, 0))
    assert (outcome.changes, outcome.cold_starts, outcome.refused) == ((), 30, 30)

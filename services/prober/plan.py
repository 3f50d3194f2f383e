"""When a replica is probed next. Pure: moments are seconds of a clock that never steps back.

A steady replica has its own phase in the interval, from its id: a restart of the prober does not
bunch the probes, and ticks that were missed are skipped, never caught up (CONTROL 2.5)."""

import hashlib
import math
from dataclasses import dataclass

from services.prober.judge import DOWN_AFTER, Health

_PHASES = 1 << 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """In seconds. `startup_crowd` is what each starting replica adds to the shortest gap that all
    of them keep, so that a thousand at once do not take the machine from one another. Three
    failures in a row must take about an interval: else the guard against mass failures is late."""

    interval: float = 2.0
    timeout: float = 1.0
    startup_first: float = 0.05
    startup_growth: float = 1.5
    startup_eager: float = 0.15
    startup_eager_for: float = 10.0
    startup_crowd: float = 0.004
    startup_deadline: float = 120.0
    failing_gap_least: float = 1.0
    backoff_max: float = 60.0
    jitter: float = 0.05


def next_at(
    pace: Pace,
    replica_id: str,
    health: Health,
    *,
    now: float,
    age: float,
    starting: int,
    luck: float,
) -> float:
    """The moment of the next probe. `age` of the replica, `starting` how many start beside it,
    `luck` a number from -1 to 1 that spreads the ticks."""
    if health.phase == "starting" and age <= pace.startup_deadline:
        return now + _startup_gap(pace, health, age, starting)
    if health.phase == "ready" and health.failures == 0:
        return _tick_after(pace, replica_id, now) + luck * pace.jitter * pace.interval
    gap = _failing_gap(pace, health)
    return now + gap * (1 + luck * pace.jitter)


def phase_of(replica_id: str, interval: float) -> float:
    digest = hashlib.blake2b(replica_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest) / _PHASES * interval


def _startup_gap(pace: Pace, health: Health, age: float, starting: int) -> float:
    """Grows to the interval. One that is silent in its first seconds is asked more often than that:
    most are up by then, and people wait. One that speaks is not: each question is a line in its
    log, where the reason of its failure must not be crowded out."""
    grown = pace.startup_first * pace.startup_growth ** min(max(health.failures - 1, 0), 64)
    grown = min(grown, pace.interval)
    if age > pace.startup_eager_for or health.is_speaking:
        return grown
    return min(grown, max(pace.startup_eager, pace.startup_crowd * starting))


def _tick_after(pace: Pace, replica_id: str, now: float) -> float:
    # Half an interval away at least: a tick that came early by its jitter is not taken twice.
    phase = phase_of(replica_id, pace.interval)
    tick = math.ceil((now + pace.interval / 2 - phase) / pace.interval)
    return phase + tick * pace.interval


def _failing_gap(pace: Pace, health: Health) -> float:
    """Faster until the threshold, so that a death is known soon; then ever slower. A replica that
    has just answered again is asked soon: people wait for its second answer."""
    soon = max(pace.interval / 5, pace.failing_gap_least)
    if health.phase == "ready" or health.passes > 0:
        return soon
    beyond = min(max(health.failures - DOWN_AFTER, 0), 16)
    return float(min(pace.interval * 2**beyond, pace.backoff_max))

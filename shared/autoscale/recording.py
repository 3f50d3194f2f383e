"""What is played again: the traffic of a service, the settings of then; and what comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from shared.domain.scaling.commands import ScalingMemory
from shared.domain.scaling.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """What all edges told of one second, together."""

    at: int
    area: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """From `at` on. Times are seconds of the wall clock, as everywhere here."""

    at: float
    policy: Policy
    replicas_min: int
    replicas_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """`seconds` reach back to `listened_since`, before `start`: averages and idle times look back.
    `settings` and `rollouts` (begun, ended) are in order; the first settings are those of `start`.
    `looked_at`: when a decision was recorded, but for those of `woken_at`: a request made them.
    `ready_after`: from a decision to a ready replica."""

    listened_since: float
    start: float
    end: float
    seconds: Sequence[Second]
    settings: Sequence[Settings]
    rollouts: Sequence[tuple[float, float | None]] = ()
    looked_at: Sequence[float] = ()
    woken_at: Sequence[float] = ()
    labels: tuple[tuple[str, str], ...] = ()
    gpu: str = "none"
    wanted: int = 1
    ready: int = 1
    scaled_at: float | None = None
    memory: ScalingMemory = field(default_factory=ScalingMemory)
    ready_after: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    at: float
    previous: int
    desired: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`changes` of the number of replicas, also those that no decision made. `cold_starts` are
    requests that found no replica; `held_seconds` is what they waited together, and `refused` those
    for which there was no room or that would have waited too long."""

    changes: tuple[Change, ...]
    replica_seconds: float
    most: int
    cold_starts: int
    held_seconds: float
    refused: int


def with_changes(
    settings: Settings, policy: Mapping[str, Any], low: int | None, high: int | None
) -> Settings:
    """Other settings in the place of those; a bound that is not said follows the one that is."""
    least = settings.replicas_min if low is None else low
    most = settings.replicas_max if high is None else high
    return replace(
        settings,
        policy=replace(settings.policy, **policy),  # names and values were checked by the asker
        replicas_min=least if low is not None else min(least, most),
        replicas_max=most if high is not None else max(least, most),
    )

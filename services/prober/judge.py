"""Hysteresis: what one more answer makes of a replica's health, and whether people must be told.

Pure. Only a transition gives a verdict; thousands of equal answers give none (CONTROL 2.5)."""

from dataclasses import dataclass, replace
from typing import Literal

DOWN_AFTER = 3
UP_AGAIN_AFTER = 2
# When, in parts of the time a replica gets to start, one that never answered may be told of.
UNSTARTED_TOLD_AT = (0.5, 0.75, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one probe got. `reason` says it in words; `is_told` is true where the replica itself
    answered in HTTP, which no illness of the prober's own can feign."""

    is_healthy: bool
    reason: str = ""
    is_told: bool = False
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    ready: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`passes` and `failures` are the answers in a row; `reason` is the last one told of.

    `is_speaking`: while starting, that it answers in HTTP, though not yet with 200."""

    phase: Literal["starting", "ready", "unready"] = "starting"
    passes: int = 0
    failures: int = 0
    reason: str = ""
    told: int = 0
    is_speaking: bool = False

    @property
    def is_ready(self) -> bool:
        return self.phase == "ready"


def judge(health: Health, answer: Answer, *, started: float) -> tuple[Health, Verdict | None]:
    """`started`: the replica's age in parts of the time it gets to start; 1 is the deadline."""
    if answer.is_healthy:
        return _passed(health)
    if health.phase == "starting":
        return _not_started(health, answer, started)
    failures = health.failures + 1
    if health.phase == "ready" and failures >= DOWN_AFTER:
        down = Health(phase="unready", failures=failures, reason=answer.reason)
        return down, Verdict(ready=False, reason=answer.reason)
    return replace(health, passes=0, failures=failures), None


def _passed(health: Health) -> tuple[Health, Verdict | None]:
    passes = health.passes + 1
    # A replica that was down may be flapping: one good answer is luck, two are a recovery.
    needed = UP_AGAIN_AFTER if health.phase == "unready" else 1
    if health.phase != "ready" and passes >= needed:
        return Health(phase="ready", passes=passes), Verdict(ready=True)
    return replace(health, passes=passes, failures=0), None


def _not_started(health: Health, answer: Answer, started: float) -> tuple[Health, Verdict | None]:
    """Not to answer yet is no transition. But a start that is failing must not end in silence:
    late in its time it is told why, once for each reason and at most three times."""
    # Its first words begin the count anew, and with it the pace: now it cannot be long.
    failures = health.failures + 1 if answer.is_told is health.is_speaking else 1
    failing = replace(health, passes=0, failures=failures, is_speaking=answer.is_told)
    is_due = health.told < len(UNSTARTED_TOLD_AT) and started >= UNSTARTED_TOLD_AT[health.told]
    if not is_due or answer.reason == health.reason:
        return failing, None
    told = replace(failing, told=health.told + 1, reason=answer.reason)
    return told, Verdict(ready=False, reason=answer.reason)

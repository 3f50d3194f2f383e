"""Crash loops: how long a deployment waits before its next start (CONTROL 2.10). Pure."""

from services.scheduler.model import Crashes

DELAY_FIRST = 1.0
DELAY_MAX = 60.0
JITTER = 0.25
PROVEN_SECONDS = 600.0
ROLLOUT_CRASHES_MAX = 3


def after_crash(
    before: Crashes | None,
    *,
    now: float,
    lived_seconds: float,
    chance: float,
    cause: str,
    log_tail: tuple[str, ...] = (),
) -> Crashes:
    """`chance` in [0, 1) spreads the restarts of many replicas that one fault ended together."""
    count = 1 if before is None or is_forgiven(lived_seconds) else before.count + 1
    delay = min(DELAY_FIRST * 2.0 ** min(count - 1, 10), DELAY_MAX)
    return Crashes(
        count=count, until=now + delay * (1 + JITTER * chance), cause=cause, log_tail=log_tail
    )


def is_forgiven(lived_seconds: float) -> bool:
    """Whether it ran so long that its earlier ends are of no matter."""
    return lived_seconds >= PROVEN_SECONDS

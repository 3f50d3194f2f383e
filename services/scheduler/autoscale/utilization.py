"""Replicas wanted by how busy they are (CONTROL 2.3): pure. Utilisation saturates and cannot leave
zero, so it never decides alone: what it wants is one voice beside concurrency.
"""

from collections import deque
from math import ceil

TOLERANCE = 0.1
STABLE_SECONDS = 300.0


def wanted(samples: list[float | None], target: float) -> int | None:
    """`samples`: one for each ready replica, as a share of what it may use; None is missing, and
    speaks for no change: full use of the target when going down, none when going up."""
    known = [sample for sample in samples if sample is not None]
    if not known or target <= 0:
        return None
    missing = len(samples) - len(known)
    ratio = sum(known) / len(known) / target
    if abs(ratio - 1) <= TOLERANCE:
        return len(samples)
    if missing:
        filled = sum(known) + missing * (target if ratio < 1 else 0.0)
        careful = filled / len(samples) / target
        if (careful > 1) != (ratio > 1) or abs(careful - 1) <= TOLERANCE:
            return len(samples)
        ratio = careful
    return ceil(round(len(samples) * ratio, 6))


class Most:
    """The most that was wanted within the last minutes: down only when it was low for that long."""

    def __init__(self, seconds: float = STABLE_SECONDS) -> None:
        self._seconds = seconds
        self._wanted: deque[tuple[float, int]] = deque()

    def of(self, now: float, count: int) -> int:
        self._wanted.append((now, count))
        while self._wanted[0][0] <= now - self._seconds:
            self._wanted.popleft()
        return max(number for _, number in self._wanted)


class Counters:
    """Shares from counters of processor seconds, by replica; over the last seconds."""

    def __init__(self, seconds: float = 20.0) -> None:
        self._seconds = seconds
        self._seen: dict[str, deque[tuple[float, float]]] = {}

    def share(self, key: str, now: float, used: float, limit: float) -> float | None:
        """None until two readings lie apart."""
        readings = self._seen.setdefault(key, deque())
        readings.append((now, used))
        while len(readings) > 2 and readings[1][0] <= now - self._seconds:
            readings.popleft()
        (since, before), (until, after) = readings[0], readings[-1]
        if until - since < 1.0 or limit <= 0:
            return None
        return max(0.0, (after - before) / (until - since) / limit)

    def keep(self, keys: set[str]) -> None:
        self._seen = {key: seen for key, seen in self._seen.items() if key in keys}

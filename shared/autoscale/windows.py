"""Averages over the last seconds (CONTROL 2.2): one bucket a second, no clock of its own.

A hole between two writes counts as zeros; a gap at the end shortens the window instead, for nobody
knows yet what was in it; after a whole window without a write everything begins anew."""


class Window:
    def __init__(self, seconds: int) -> None:
        self._seconds = max(1, seconds)
        self._buckets: dict[int, float] = {}
        self._first: int | None = None
        self._last: int | None = None

    def record(self, second: int, value: float) -> None:
        """Values of the same second add up."""
        if self._last is None or self._first is None or second - self._last >= self._seconds:
            self._buckets.clear()
            self._first = self._last = second
        elif second <= self._last - self._seconds:
            return  # So late that it is outside already.
        self._first = min(self._first, second)
        self._last = max(self._last, second)
        self._buckets[second] = self._buckets.get(second, 0.0) + value
        # In the order they came: one that came late goes later, and is in no average meanwhile.
        while next(iter(self._buckets)) <= self._last - self._seconds:
            del self._buckets[next(iter(self._buckets))]

    def average(self, now: float) -> float:
        second = int(now)
        if self._last is None or self._first is None:
            return 0.0
        gap = max(0, second - self._last)
        if gap >= self._seconds:
            return 0.0
        oldest = max(second, self._last) - self._seconds
        inside = sum(value for at, value in self._buckets.items() if at > oldest)
        return inside / min(self._last - self._first + 1, self._seconds - gap)

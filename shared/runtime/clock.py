"""The clock as a thing that is handed in, so that tests set it and the domain never reads one."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The moment, aware and in UTC: for what people see."""
        ...

    def monotonic(self) -> float:
        """Seconds that never step back: for time-outs, leases and back-off."""
        ...


class SystemClock:
    __slots__ = ()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

"""The work queue: services to look at, each once, one worker each, failures later and later.

Wakes that come while a service is looked at are kept: it is looked at again right after.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable

PAUSE_FIRST = 0.05
PAUSE_MAX = 10.0
# A service that always finds something to do without end has met a bug of ours: slow it down.
ROUNDS_MAX = 100
ROUND_PAUSE = 2.0

# Looks at one service; None, or in how many seconds to look again (0: at once).
Look = Callable[[str], Awaitable[float | None]]


class WorkQueue:
    """`failed` is told what a look raised; it answers nothing and must not raise."""

    def __init__(self, look: Look, failed: Callable[[str, Exception], None]) -> None:
        self._look = look
        self._failed = failed
        self._dirty: dict[str, None] = {}
        self._held: set[str] = set()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._failures: dict[str, int] = {}
        self._rounds: dict[str, int] = {}
        self._work = asyncio.Event()

    def __len__(self) -> int:
        return len(self._dirty) + len(self._held)

    def add(self, key: str) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()
        self._dirty[key] = None
        self._work.set()

    def wake(self, key: str) -> None:
        """As `add`, but a service that fails keeps its pause: news do not make it well."""
        if key not in self._failures:
            self.add(key)

    async def run(self) -> None:
        """One worker; start as many as may look at once. Ends only by cancellation."""
        while True:
            key = await self._next()
            self._held.add(key)
            try:
                again = await self._look(key)
            except Exception as error:
                self._failed(key, error)
                again = self._pause_after_failure(key)
            else:
                self._failures.pop(key, None)
                again = self._paced(key, again)
            finally:
                self._held.discard(key)
            if key in self._dirty:
                self._work.set()
            elif again is not None:
                self._add_later(key, again)

    def close(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    async def _next(self) -> str:
        while True:
            key = next((key for key in self._dirty if key not in self._held), None)
            if key is not None:
                del self._dirty[key]
                return key
            self._work.clear()
            await self._work.wait()

    def _add_later(self, key: str, seconds: float) -> None:
        if seconds <= 0:
            self.add(key)
            return
        known = self._timers.pop(key, None)
        if known is not None:
            known.cancel()
        loop = asyncio.get_running_loop()
        self._timers[key] = loop.call_later(seconds, self.add, key)

    def _pause_after_failure(self, key: str) -> float:
        count = self._failures[key] = self._failures.get(key, 0) + 1
        pause = min(PAUSE_FIRST * 2.0 ** min(count - 1, 20), PAUSE_MAX)
        return pause * random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, guards nothing

    def _paced(self, key: str, again: float | None) -> float | None:
        if again is None or again > 0:
            self._rounds.pop(key, None)
            return again
        rounds = self._rounds[key] = self._rounds.get(key, 0) + 1
        return again if rounds < ROUNDS_MAX else ROUND_PAUSE

"""The next events, in order and without a hole: live where they come so, else from the log."""

import logging
from typing import Protocol

from services.query.progress import Progress
from shared.envelope.event import EventEnvelope
from shared.eventstore import Store
from shared.eventstore.relayed import envelope_of

log = logging.getLogger(__name__)

BATCH = 500
QUIET_SECONDS = 1.0
POLL_SECONDS = 0.1
IMPATIENT_SECONDS = 0.02
REOPEN_SECONDS = 0.3


class Live(Protocol):
    @property
    def is_open(self) -> bool: ...

    async def open(self, *, after: int) -> bool: ...

    async def take(self, seconds: float, limit: int) -> list[EventEnvelope]: ...


class Source:
    """`repairs` counts how often live events had a hole that the log had to fill; `is_behind` is
    true until the log had less than a whole batch to give."""

    def __init__(self, live: Live, store: Store, progress: Progress) -> None:
        self._live = live
        self._store = store
        self._progress = progress
        self.repairs = 0
        self.is_behind = True
        self._polls_until_reopen = 0

    async def next(self, after: int) -> list[EventEnvelope]:
        """Consecutive events from `after` + 1 on; none where nothing has happened."""
        if self.is_behind:
            return await self._from_log(after)
        await self._keep_open(after)
        events = await self._live.take(self._patience(after), BATCH)
        if not events and self._progress.awaited > after:
            # Somebody waits for what the relay has not brought yet: a moment, then we fetch it.
            events = await self._live.take(IMPATIENT_SECONDS, BATCH)
        fresh = [event for event in events if event.position > after]
        if fresh and _is_dense(fresh, after):
            return fresh
        if fresh:
            self.repairs += 1
            log.warning(
                "positions_missing", extra={"expected": after + 1, "found": fresh[0].position}
            )
        elif events:
            return []  # All known already: a repeat.
        return await self._from_log(after)

    async def from_log(self, after: int, limit: int = BATCH) -> list[EventEnvelope]:
        return [envelope_of(recorded) for recorded in await self._store.read_log(after, limit)]

    async def _from_log(self, after: int) -> list[EventEnvelope]:
        events = await self.from_log(after)
        self.is_behind = len(events) == BATCH
        return events

    def _patience(self, after: int) -> float:
        if not self._live.is_open:
            return POLL_SECONDS
        return IMPATIENT_SECONDS if self._progress.awaited > after else QUIET_SECONDS

    async def _keep_open(self, after: int) -> None:
        if self._live.is_open:
            return
        if self._polls_until_reopen > 0:
            self._polls_until_reopen -= 1
            return
        self._polls_until_reopen = int(REOPEN_SECONDS / POLL_SECONDS)
        await self._live.open(after=after)


def _is_dense(events: list[EventEnvelope], after: int) -> bool:
    """Each is one more than the one before; in order, without a repeat."""
    return all(event.position == after + 1 + i for i, event in enumerate(events))

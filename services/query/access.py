"""The query process's access index: a fold of the log, at least as far as the views are.

The runner hands over what it has just committed, before the views' positions move on; a poll reads
the log besides, so that a halted view never keeps a revoked key alive."""

import asyncio
import logging
from collections.abc import Sequence

from shared.access.index import AccessIndex
from shared.access.state import ACCESS_STREAM_TYPES
from shared.envelope.codec import Undecodable
from shared.envelope.event import EventEnvelope, decode_event
from shared.eventstore import EventStoreFailure, Store
from shared.runtime.shutdown import Shutdown

log = logging.getLogger(__name__)

PAGE = 1000
POLL_SECONDS = 0.5


class AccessFollower:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = asyncio.Lock()
        self.index = AccessIndex()
        self.seen = 0

    async def fold(self, events: Sequence[EventEnvelope]) -> None:
        """Consecutive events of the log. What comes after a gap is read from the log instead."""
        async with self._lock:
            if events and events[0].position <= self.seen + 1:
                for event in events:
                    if event.position > self.seen and event.stream_type in ACCESS_STREAM_TYPES:
                        self._apply(event.type, event.schema_version, event.data)
                self.seen = max(self.seen, events[-1].position)
                return
        await self.catch_up()

    async def catch_up(self) -> None:
        async with self._lock:
            # The head is read first: what comes in between is read again next time, never skipped.
            head = await self._store.head()
            while self.seen < head:
                events = await self._store.read_log(self.seen, PAGE, ACCESS_STREAM_TYPES)
                for recorded in events:
                    self._apply(recorded.type, recorded.schema_version, recorded.data)
                last = events[-1].position if events else head
                self.seen = last if len(events) == PAGE else max(head, last)

    async def follow(self, shutdown: Shutdown) -> None:
        while not await shutdown.wait_for(POLL_SECONDS):
            try:
                await self.catch_up()
            except EventStoreFailure as error:
                log.warning("access_index_behind", extra={"error": type(error).__name__})

    def _apply(self, type_: str, schema_version: int, data: str) -> None:
        try:
            self.index.apply(decode_event(type_, schema_version, data))
        except (Undecodable, KeyError):
            # Rights that cannot be read are rights that are not given; the rest goes on.
            log.exception("access_event_not_applied", extra={"type": type_})

"""The command process's access index: a fold of the log, brought up to date before it counts.

Own appends are folded before their reply leaves, so a revoked key is dead with the answer to the
revocation. Appends of another command process are seen by the poll, at most half a second later."""

import asyncio
import logging

from shared.access.index import AccessIndex
from shared.access.state import ACCESS_STREAM_TYPES
from shared.envelope.codec import Undecodable
from shared.envelope.event import decode_event
from shared.eventstore import EventStoreFailure, Store
from shared.runtime.shutdown import Shutdown

log = logging.getLogger(__name__)

PAGE = 1000
POLL_SECONDS = 0.5


class AccessFollower:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen = 0
        self._lock = asyncio.Lock()
        self._next: asyncio.Task[None] | None = None
        self.index = AccessIndex()

    async def catch_up(self) -> None:
        """Folds what the log has gained. Who asks while a look is under way shares the next one:
        the one under way may have begun before what is asked for was appended."""
        if self._next is None:
            self._next = asyncio.create_task(self._look())
        await asyncio.shield(self._next)

    async def _look(self) -> None:
        """One at a time: two would fold an event twice."""
        async with self._lock:
            self._next = None
            # The head is read first: what comes in between is read again next time, never skipped.
            head = await self._store.head()
            while self._seen < head:
                events = await self._store.read_log(self._seen, PAGE, ACCESS_STREAM_TYPES)
                for recorded in events:
                    try:
                        event = decode_event(recorded.type, recorded.schema_version, recorded.data)
                    except Undecodable:
                        # Rights that cannot be read are rights that are not given.
                        log.exception("access_event_undecodable", extra={"type": recorded.type})
                        continue
                    self.index.apply(event)
                if len(events) < PAGE:
                    self._seen = head
                else:
                    self._seen = events[-1].position

    async def follow(self, shutdown: Shutdown) -> None:
        while not await shutdown.wait_for(POLL_SECONDS):
            try:
                await self.catch_up()
            except EventStoreFailure as error:
                log.warning("access_index_behind", extra={"error": type(error).__name__})

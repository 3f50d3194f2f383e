"""Readers that stay: how many a credential may have, what wakes them, what ends them all.

An event on the bus only says that the log has grown; what it holds is asked of the query process,
which knows who may see it. The bus is listened to only while somebody reads."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from services.gateway.refusals import RateLimited, Refused

log = logging.getLogger(__name__)

PER_CREDENTIAL_MAX = 10
ALL_MAX = 1000
RETRY_SECONDS = 5

Unlisten = Callable[[], Awaitable[None]]
Listen = Callable[[Callable[[int], None]], Awaitable[Unlisten | None]]


@dataclass(slots=True, eq=False)
class Reader:
    """`position`: the newest that the bus told of."""

    position: int = 0
    is_ended: bool = False
    stirred: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self, seconds: float) -> bool:
        """Until something happened; False where nothing did."""
        try:
            async with asyncio.timeout(seconds):
                await self.stirred.wait()
        except TimeoutError:
            return False
        self.stirred.clear()
        return True


class Streams:
    def __init__(self) -> None:
        self._readers: set[Reader] = set()
        self._by_key: Counter[str] = Counter()
        self._unlisten: Unlisten | None = None
        self._lock = asyncio.Lock()
        self._is_closed = False

    @contextlib.asynccontextmanager
    async def reading(self, key_id: str, listen: Listen) -> AsyncIterator[Reader]:
        if self._by_key[key_id] >= PER_CREDENTIAL_MAX or len(self._readers) >= ALL_MAX:
            raise Refused(RateLimited(retry_after_seconds=RETRY_SECONDS))
        reader = Reader(is_ended=self._is_closed)
        self._by_key[key_id] += 1
        self._readers.add(reader)
        try:
            await self._listen(listen)
            yield reader
        finally:
            self._readers.discard(reader)
            self._by_key[key_id] -= 1
            if not self._by_key[key_id]:
                del self._by_key[key_id]
            await self._rest()

    def close(self) -> None:
        """The process ends: every reader is told, so that none is cut in the middle."""
        self._is_closed = True
        for reader in self._readers:
            reader.is_ended = True
            reader.stirred.set()

    def grown(self, position: int) -> None:
        for reader in self._readers:
            reader.position = max(reader.position, position)
            reader.stirred.set()

    async def _listen(self, listen: Listen) -> None:
        async with self._lock:
            if self._unlisten is None:
                # None while the bus is away: readers look by themselves now and then.
                self._unlisten = await listen(self.grown)

    async def _rest(self) -> None:
        async with self._lock:
            if not self._readers and self._unlisten is not None:
                unlisten, self._unlisten = self._unlisten, None
                await unlisten()

"""A body that is read as it comes, because it may be longer than memory should hold."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from services.gateway.guard import DRAINED_MAX
from services.gateway.refusals import Refused, TooLarge

# A sender that is silent for so long has gone, whatever its socket says.
SILENT_SECONDS = 30.0


class SenderGone(ConnectionError):
    """The body ended before its end."""


class Upload:
    def __init__(self, receive: Any, *, limit_bytes: int) -> None:
        self._receive = receive
        self._limit = limit_bytes
        self._is_over = False
        self.bytes = 0

    async def chunks(self, size: int) -> AsyncIterator[bytes]:
        """All of it in pieces of `size`, the last may be shorter."""
        held = bytearray()
        async for chunk in self._chunks():
            held += chunk
            while len(held) >= size:
                yield bytes(held[:size])
                del held[:size]
        if held:
            yield bytes(held)

    async def _chunks(self) -> AsyncIterator[bytes]:
        while not self._is_over:
            async with asyncio.timeout(SILENT_SECONDS):
                message = await self._receive()
            if message["type"] == "http.disconnect":
                self._is_over = True
                raise SenderGone("the client went away")
            self._is_over = not message.get("more_body", False)
            chunk = message.get("body", b"")
            self.bytes += len(chunk)
            if self.bytes > self._limit:
                raise Refused(TooLarge(limit_bytes=self._limit))
            if chunk:
                yield chunk

    async def drop(self) -> None:
        """Reads on for a while and forgets it: a connection that is closed with unread bytes is
        reset, and the client never sees why."""
        dropped = 0
        try:
            while not self._is_over and dropped < DRAINED_MAX:
                async with asyncio.timeout(SILENT_SECONDS):
                    message = await self._receive()
                dropped += len(message.get("body", b""))
                self._is_over = message["type"] == "http.disconnect" or not message.get("more_body")
        except TimeoutError:
            return  # It is silent: there is nothing unread.

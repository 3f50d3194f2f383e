"""Answers that are sent as they come: chunk by chunk, for as long as the reader takes them.

A reader that does not take a chunk in time is too slow: the source is told (`TooSlow` is thrown
into it), may say one last thing, and the connection is closed. What nobody reads is never kept."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

from litestar import Response
from litestar.response.base import ASGIResponse

log = logging.getLogger(__name__)

NDJSON = "application/x-ndjson"
EVENT_STREAM = "text/event-stream"
SEND_SECONDS = 10.0
LAST_SECONDS = 5.0

Chunks = AsyncGenerator[bytes, None]
Ended = Callable[[], Awaitable[None]]


class TooSlow(Exception):
    """The reader did not take a chunk in time."""


class Streamed(Response[None]):
    def __init__(
        self,
        chunks: Chunks,
        *,
        media_type: str,
        headers: dict[str, str] | None = None,
        send_seconds: float = SEND_SECONDS,
        on_end: Ended | None = None,
    ) -> None:
        """`on_end` is awaited however it ends, also where nothing was ever asked of `chunks`."""
        super().__init__(None, media_type=media_type, headers=headers)
        self._chunks = chunks
        self._send_seconds = send_seconds
        self._on_end = on_end

    def to_asgi_response(self, *args: Any, **given: Any) -> ASGIResponse:
        return _Streaming(
            self._chunks,
            headers=[
                (b"content-type", str(self.media_type).encode()),
                *((name.encode(), value.encode()) for name, value in self.headers.items()),
            ],
            is_head=bool(given.get("is_head_response", False)),
            send_seconds=self._send_seconds,
            on_end=self._on_end,
        )


class _Streaming(ASGIResponse):
    def __init__(
        self,
        chunks: Chunks,
        *,
        headers: list[tuple[bytes, bytes]],
        is_head: bool,
        send_seconds: float,
        on_end: Ended | None,
    ) -> None:
        super().__init__()
        self._chunks = chunks
        self._sent_headers = headers
        self._is_head = is_head
        self._send_seconds = send_seconds
        self._on_end = on_end

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self._sent_headers})
        gone = asyncio.create_task(_disconnected(receive))
        pump = asyncio.create_task(self._pump(send))
        try:
            await asyncio.wait({gone, pump}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (gone, pump):
                if not task.done():
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await task
            await self._chunks.aclose()
            if self._on_end is not None:
                await self._on_end()
        if not pump.cancelled():
            pump.result()

    async def _pump(self, send: Any) -> None:
        if not self._is_head:
            try:
                async for chunk in self._chunks:
                    await self._sent(send, chunk, self._send_seconds)
            except TimeoutError:
                await self._end_slow(send)
                return
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _end_slow(self, send: Any) -> None:
        """Without an end where the source has none: a body that was cut must look cut."""
        log.warning("reader_too_slow")
        try:
            last = await self._chunks.athrow(TooSlow())
            await self._sent(send, last, LAST_SECONDS)
        except (TooSlow, TimeoutError, StopAsyncIteration) as error:
            raise ConnectionAbortedError("the reader was too slow") from error
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    @staticmethod
    async def _sent(send: Any, chunk: bytes, seconds: float) -> None:
        async with asyncio.timeout(seconds):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _disconnected(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

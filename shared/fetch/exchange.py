"""One GET on a fresh connection, as an asyncio protocol: the least that asks and hears an answer.

No more than 4 KiB of what the far side says is ever kept; what follows is let in for a moment, so
that its log is not filled with `connection reset`, and then the line is cut."""

import asyncio
import errno
import re
import ssl
from typing import cast

BYTES_MAX = 4096
LINGER_SECONDS = 0.1
# Ours is the illness: no file descriptor, no memory, no port left to dial from.
OUR_FAULT = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EADDRNOTAVAIL}
)
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*\r\n", re.IGNORECASE)
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})(?:[ \r\n]|\Z)")
_LOCATION = re.compile(rb"\r\nlocation:[ \t]*([^\r\n]{1,2000})\r\n", re.IGNORECASE)


class Exchange(asyncio.Protocol):
    """`said` is done with the beginning of the final answer (interim ones are passed), or with what
    came before the far side hung up; an error of the connection is its exception.

    `whole_head`: only once all its headers are there, or as many as are kept."""

    __slots__ = ("_request", "_seen", "_transport", "_whole_head", "said")

    def __init__(
        self, request: bytes, said: asyncio.Future[bytes], *, whole_head: bool = False
    ) -> None:
        self._request = request
        self._whole_head = whole_head
        self._seen = b""
        self._transport: asyncio.Transport | None = None
        self.said = said

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A stream it is; uvloop's own transports are of no class of asyncio.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if len(self._seen) >= BYTES_MAX:
            self.abort()  # An endless body: heard enough.
            return
        self._seen += data[: BYTES_MAX - len(self._seen)]
        while self._seen.startswith(b"HTTP/1.1 1") and b"\r\n\r\n" in self._seen:
            self._seen = self._seen.partition(b"\r\n\r\n")[2]
        is_full = len(self._seen) >= BYTES_MAX
        if not self.said.done():
            is_final = self._end() in self._seen and not self._seen.startswith(b"HTTP/1.1 1")
            if not (is_full or is_final):
                return
            self.said.set_result(self._seen)
            asyncio.get_running_loop().call_later(LINGER_SECONDS, self.abort)
        if is_full or _is_whole(self._seen):
            self.abort()

    def eof_received(self) -> None:
        self._told()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None and not self.said.done():
            self.said.set_exception(exc)
        self._told()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _told(self) -> None:
        if not self.said.done():
            self.said.set_result(self._seen)

    def _end(self) -> bytes:
        return b"\r\n\r\n" if self._whole_head else b"\r\n"


async def exchange(
    request: bytes,
    *,
    path: str | None = None,
    host: str = "",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    server_name: str | None = None,
    whole_head: bool = False,
) -> bytes:
    """To a Unix socket's `path`, else to a numeric `host`. The caller sets the time-out. Raises
    OSError (ssl.SSLError is one)."""
    loop = asyncio.get_running_loop()
    said: asyncio.Future[bytes] = loop.create_future()
    protocol = Exchange(request, said, whole_head=whole_head)
    if path is not None:
        await loop.create_unix_connection(lambda: protocol, path)
    else:
        await loop.create_connection(
            lambda: protocol, host, port, ssl=tls, server_hostname=server_name
        )
    try:
        return await said
    except BaseException:
        protocol.abort()  # The time is up, or the connection broke.
        raise


def status_of(head: bytes) -> int | None:
    match = _STATUS_LINE.match(head)
    return int(match.group(1)) if match else None


def location_of(head: bytes) -> str | None:
    match = _LOCATION.search(head.partition(b"\r\n\r\n")[0] + b"\r\n")
    return match.group(1).decode("latin-1").strip() if match else None


def _is_whole(seen: bytes) -> bool:
    head, end, body = seen.partition(b"\r\n\r\n")
    length = _LENGTH.search(head + b"\r\n")
    return bool(end) and length is not None and len(body) >= int(length.group(1))

"""The only way out of a build: an HTTP proxy that connects to the configured indexes and to
nothing else.

The sandbox has no network; its relay carries a loopback port to the proxy's Unix socket. Containers
reach it at this machine's address in their network, with a password made for that build. Hosts are
compared as the operator wrote them, so no address of ours, of a neighbour or of a metadata service
can be named.
"""

import asyncio
import base64
import hmac
import logging
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

_log = logging.getLogger(__name__)
_HEAD_BYTES_MAX = 16 * 1024
_HEAD_SECONDS = 10.0
_IDLE_SECONDS = 60.0
_CONNECTIONS_MAX = 64
_CREDENTIALS = re.compile(rb"\r\nProxy-Authorization:\s*Basic\s+([^\r\n]*)\r\n", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    host: str
    port: int


def destination_of(url: str) -> Destination | None:
    parts = urlsplit(url)
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    return Destination(host=parts.hostname.lower(), port=port) if parts.hostname and port else None


@dataclass(slots=True, kw_only=True)
class EgressProxy:
    """Listens at `path`, or else on a free port of `host`."""

    allowed: frozenset[Destination]
    path: Path | None = None
    host: str = ""
    _password: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    _server: asyncio.Server | None = None
    _open: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Of a proxy with a host, for the variables that programs know."""
        port = self._server.sockets[0].getsockname()[1] if self._server is not None else 0
        return f"http://build:{self._password}@{self.host}:{port}"

    async def __aenter__(self) -> "EgressProxy":
        if self.path is None:
            self._server = await asyncio.start_server(
                self._serve, self.host, 0, limit=_HEAD_BYTES_MAX
            )
            return self
        self._server = await asyncio.start_unix_server(
            self._serve, self.path, limit=_HEAD_BYTES_MAX
        )
        # The build's user is another one; the folder around it is closed to everyone outside the
        # sandbox.
        self.path.chmod(0o666)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._open += 1
        try:
            if self._open <= _CONNECTIONS_MAX:
                await self._pass_on(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            _log.debug("build_connection_ended", exc_info=True)
        finally:
            self._open -= 1
            writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(_HEAD_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        if not self._is_known(head):
            writer.write(
                b'HTTP/1.1 407 Who asks?\r\nProxy-Authenticate: Basic realm="build"\r\n'
                b"Content-Length: 0\r\n\r\n"
            )
            await writer.drain()
            return
        method, target = _first_line(head)
        wanted = _destination(method, target)
        if wanted not in self.allowed or wanted is None:
            _log.info("build_connection_refused", extra={"target": target[:200]})
            writer.write(b"HTTP/1.1 403 Not a configured index\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        async with asyncio.timeout(_HEAD_SECONDS):
            far_reader, far_writer = await asyncio.open_connection(wanted.host, wanted.port)
        try:
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            else:
                far_writer.write(_CREDENTIALS.sub(b"\r\n", head))
            await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
        finally:
            far_writer.close()

    def _is_known(self, head: bytes) -> bool:
        if self.path is not None:
            return True  # Who is at the socket is in that build's sandbox.
        found = _CREDENTIALS.search(head)
        expected = base64.b64encode(f"build:{self._password}".encode())
        return found is not None and hmac.compare_digest(found.group(1).strip(), expected)


def _first_line(head: bytes) -> tuple[str, str]:
    words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    return (words[0], words[1]) if len(words) == 3 else ("", "")


def _destination(method: str, target: str) -> Destination | None:
    try:
        return destination_of(f"//{target}" if method == "CONNECT" else target)
    except ValueError:
        return None


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        async with asyncio.timeout(_IDLE_SECONDS):
            chunk = await reader.read(65536)
        if not chunk:
            break
        writer.write(chunk)
        async with asyncio.timeout(_IDLE_SECONDS):
            await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()

"""Listens for HAProxy's request lines: a stream of `<length> <json>`, fed from its ring buffer.

HAProxy connects to us, and again about a second after we were away; the ring kept the lines."""

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path

from services.edge.frames import Request
from shared.kernel import json

log = logging.getLogger(__name__)

LINE_BYTES_MAX = 2048
_LENGTH_DIGITS_MAX = 4
_UNSET = "-"


class BrokenStream(Exception):
    """The bytes are not what our log format writes."""


def split(pending: bytes) -> tuple[list[bytes], bytes]:
    """Whole lines, and the rest that is not whole yet. Raises BrokenStream."""
    lines: list[bytes] = []
    start = 0
    while True:
        blank = pending.find(b" ", start, start + _LENGTH_DIGITS_MAX + 1)
        if blank < 0:
            if len(pending) - start > _LENGTH_DIGITS_MAX:
                raise BrokenStream("no length before a line")
            break
        digits = pending[start:blank]
        if not digits.isdigit() or int(digits) > LINE_BYTES_MAX:
            raise BrokenStream("a length that no line of ours has")
        end = blank + 1 + int(digits)
        if end > len(pending):
            break
        lines.append(pending[blank + 1 : end])
        start = end
    return lines, pending[start:]


def parse(line: bytes) -> Request | None:
    """None for a line of no service: a request that was refused before its host was known.
    Raises BrokenStream."""
    try:
        fields = json.loads(line)
        if fields["service"] == _UNSET:
            return None
        held_ms, outcome = fields["held"], fields["outcome"]
        return Request(
            service_id=fields["service"],
            at_ms=fields["at"],
            status=fields["status"],
            duration_ms=fields["ms"],
            waited_ms=(0 if held_ms == _UNSET else int(held_ms)) + max(0, fields["queued"]),
            bytes_in=fields["in"],
            bytes_out=fields["out"],
            end=fields["end"],
            held="" if outcome == _UNSET else outcome,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenStream(f"a line that our format does not write: {error!r}") from error


class _Lines(asyncio.Protocol):
    def __init__(self, take: Callable[[Request], None]) -> None:
        self._take = take
        self._pending = b""
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, received: bytes) -> None:
        try:
            lines, self._pending = split(self._pending + received)
            for line in lines:
                if (request := parse(line)) is not None:
                    self._take(request)
        except BrokenStream as broken:
            log.error("request_log_broken", extra={"text": str(broken)})
            if self._transport is not None:
                self._transport.close()  # HAProxy connects anew, at the start of a line.


async def listen(path: Path, take: Callable[[Request], None]) -> asyncio.Server:
    path.unlink(missing_ok=True)  # Left by a process that was killed; one edge per run folder.
    server = await asyncio.get_running_loop().create_unix_server(lambda: _Lines(take), str(path))
    os.chmod(path, 0o600)
    return server

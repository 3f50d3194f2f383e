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


def parse(line: bytes) -> Request | str | None:
    """A service's id for the first request that waits for it (hold.lua says it at once). None for a
    line of no service: a request that was refused before its host was known. Raises
    BrokenStream."""
    try:
        fields = json.loads(line)
        if "waits" in fields:
            return str(fields["waits"])
        if fields["service"] == _UNSET:
            return None
        outcome = fields["outcome"]
        held_ms = 0 if fields["held"] == _UNSET else int(fields["held"])
        return Request(
            service_id=fields["service"],
            at_ms=fields["at"],
            status=fields["status"],
            duration_ms=fields["ms"],
            waited_ms=held_ms + max(0, fields["queued"]),
            bytes_in=fields["in"],
            bytes_out=fields["out"],
            end=fields["end"],
            held="" if outcome == _UNSET else outcome,
            held_ms=held_ms,
            first_byte_ms=max(0, fields["ms"]) - max(0, fields.get("data", 0)),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenStream(f"a line that our format does not write: {error!r}") from error


class _Lines(asyncio.Protocol):
    def __init__(self, take: Callable[[Request], None], waits: Callable[[str], None]) -> None:
        self._take = take
        self._waits = waits
        self._pending = b""
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, received: bytes) -> None:
        try:
            lines, self._pending = split(self._pending + received)
            for line in lines:
                told = parse(line)
                if isinstance(told, str):
                    self._waits(told)
                elif told is not None:
                    self._take(told)
        except BrokenStream as broken:
            log.error("request_log_broken", extra={"text": str(broken)})
            if self._transport is not None:
                self._transport.close()  # HAProxy connects anew, at the start of a line.


def _nobody_hears(service_id: str) -> None:
    return


async def listen(
    path: Path,
    take: Callable[[Request], None],
    waits: Callable[[str], None] = _nobody_hears,
) -> asyncio.Server:
    """`waits` is told of a service whose first request just began to wait."""
    path.unlink(missing_ok=True)  # Left by a process that was killed; one edge per run folder.
    server = await asyncio.get_running_loop().create_unix_server(
        lambda: _Lines(take, waits), str(path)
    )
    os.chmod(path, 0o600)
    return server

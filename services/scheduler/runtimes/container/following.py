"""One container's output, followed into the files that every engine keeps its lines in.

The engine's own log is a small buffer; ours is the record, with the same caps on lines and rates as
any replica's. Every line carries the engine's time, by which a new scheduler finds where to go on.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from services.scheduler.runtimes.container.client import Client, EngineAway, EngineRefused
from services.scheduler.runtimes.container.observing import moment
from services.scheduler.runtimes.process.keeper import log_files

_log = logging.getLogger(__name__)
_HEAD = 8
_STREAMS = {1: b"o", 2: b"e"}
_PAUSE_FIRST = 0.2
_PAUSE_MAX = 5.0
_MICRO = 1_000_000
_NOT_FOUND = 404


@dataclass(slots=True, kw_only=True)
class Following:
    """`run` returns when the container has ended and all it printed is in the files."""

    client: Client
    container: str
    folder: Path
    limits: Mapping[str, int] = field(default_factory=dict)
    _done: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        pause = _PAUSE_FIRST
        try:
            writer = log_files.LogWriter(os.fspath(self.folder / "log"), **self.limits)
        except OSError as error:
            _log.warning("log_not_written", extra={"error": str(error)[:200]})
            self._done.set()
            return
        try:
            while True:
                try:
                    await self._follow(writer)
                    if not await self._runs():
                        return
                    pause = _PAUSE_FIRST
                except EngineAway as error:
                    _log.info("log_interrupted", extra={"error": str(error)[:200]})
                    pause = min(pause * 2, _PAUSE_MAX)
                await asyncio.sleep(pause)
        except EngineRefused as error:
            if error.status != _NOT_FOUND:
                _log.warning("log_refused", extra={"error": str(error)[:200]})
        finally:
            os.close(writer.file)
            self._done.set()

    async def complete(self, seconds: float) -> bool:
        """Whether all is there, waiting that long for it."""
        try:
            async with asyncio.timeout(seconds):
                await self._done.wait()
        except TimeoutError:
            return False
        return True

    async def _runs(self) -> bool:
        found = await self.client.get(f"/containers/{self.container}/json")
        return bool(found["State"].get("Running"))

    async def _follow(self, writer: log_files.LogWriter) -> None:
        splitters = {key: log_files.LineSplitter(writer, name) for key, name in _STREAMS.items()}
        known = _last(self.folder / "log")
        since = f"{known.micros // _MICRO}.{known.micros % _MICRO:06d}" if known.micros else None
        async with self.client.stream(
            "GET",
            f"/containers/{self.container}/logs",
            silence_seconds=None,
            follow=True,
            stdout=True,
            stderr=True,
            timestamps=True,
            since=since,
        ) as chunks:
            async for key, frame in _frames(chunks):
                micros, text = _stamped(frame)
                if key in splitters and not known.has(micros):
                    splitters[key].feed(text, micros / _MICRO)
        for splitter in splitters.values():
            splitter.end()
        writer.tell_dropped(datetime.now(UTC).timestamp())


@dataclass(slots=True, kw_only=True)
class _Known:
    """How far the files go: the last moment in them, and how many lines of that moment."""

    micros: int
    count: int

    def has(self, moment: int) -> bool:
        if moment == self.micros and self.count > 0:
            self.count -= 1
            return True
        return moment < self.micros


def _last(folder: Path) -> _Known:
    micros, count = 0, 0
    for name in reversed(log_files.names(os.fspath(folder))):
        with (folder / name).open("rb") as file:
            for line in file:
                at = _micros(line)
                if at > micros:
                    micros, count = at, 1
                elif at == micros:
                    count += 1
        if micros:
            break
    return _Known(micros=micros, count=count)


def _micros(line: bytes) -> int:
    seconds, _, fraction = line.split(b" ", 1)[0].partition(b".")
    try:
        return int(seconds) * _MICRO + int(fraction)
    except ValueError:
        return 0  # Half a line, written as the disk filled up.


async def _frames(chunks: AsyncIterator[bytes]) -> AsyncIterator[tuple[int, bytes]]:
    """The engine's framing: stream, three zeros, length; the frames of a long line have no end of
    line but the last."""
    held = bytearray()
    async for chunk in chunks:
        held += chunk
        place = 0
        while len(held) - place >= _HEAD:
            size = int.from_bytes(held[place + 4 : place + _HEAD], "big")
            if len(held) - place < _HEAD + size:
                break
            yield held[place], bytes(held[place + _HEAD : place + _HEAD + size])
            place += _HEAD + size
        del held[:place]


def _stamped(frame: bytes) -> tuple[int, bytes]:
    """Microseconds and text; a frame without a time is of now."""
    stamp, _, text = frame.partition(b" ")
    at = moment(stamp.decode("ascii", "replace"))
    if at is None:
        return int(datetime.now(UTC).timestamp() * _MICRO), frame
    return int(at.timestamp()) * _MICRO + at.microsecond, text

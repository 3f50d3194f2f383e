"""Replicas' output to the query process, and what we say about them ourselves, as lines.

The engine's files are the buffer: while nobody takes lines they stay there, and the cursor moves
only after an answer. A line that is sent twice is the same line (replica, seq), so cursors may be
old after a crash. What we say ourselves is kept in memory, bounded.
"""

import asyncio
import json
import logging
import os
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from services.scheduler.runtimes.interface import LogLine, Observed, Runtime
from shared.bus.broker import Bus, Unanswered
from shared.bus.subjects import LOG_LINES
from shared.kernel.time import format_rfc3339
from shared.runtime.clock import Clock

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25
PAUSE_MAX = 5.0
LINES_MAX = 500
# Well under the bus's payload of 1 MiB, whatever JSON makes of hostile bytes.
BATCH_BYTES = 256 * 1024
ANSWER_SECONDS = 10.0
SAID_MAX = 20_000
TAIL = 50
SAVE_SECONDS = 5.0

Line = dict[str, Any]


class Shipper:
    """`cursors_file` remembers how far each replica's lines were taken."""

    def __init__(self, bus: Bus, runtime: Runtime, clock: Clock, cursors_file: Path) -> None:
        self._bus = bus
        self._runtime = runtime
        self._clock = clock
        self._file = cursors_file
        self._cursors: dict[str, int] = {}
        self._said: deque[Line] = deque()
        self._dropped = 0
        self._sequence = 0
        self._changed = False

    def say(self, service_id: str, project_id: str, about_id: str, message: str) -> None:
        """A line of the stream `system`, about a replica or a deployment."""
        if len(self._said) >= SAID_MAX:
            self._said.popleft()
            self._dropped += 1
        now = self._clock.now()
        # Microseconds: never met by a cursor, which counts bytes of a file.
        self._sequence = max(self._sequence + 1, int(now.timestamp() * 1_000_000))
        self._said.append(
            {
                "service_id": service_id,
                "project_id": project_id,
                "replica_id": about_id,
                "at": format_rfc3339(now),
                "stream": "system",
                "message": message[:4000],
                "seq": self._sequence,
            }
        )

    async def run(self, listing: Callable[[], tuple[Observed, ...]]) -> None:
        """Ends only by cancellation."""
        self._cursors = await asyncio.to_thread(_load, self._file)
        pause, saved_at = LOOK_SECONDS, self._clock.monotonic()
        while True:
            try:
                await self._say_all()
                for one in listing():
                    # One page each: a replica that floods must not keep the others waiting.
                    await self._ship_page(one)
                pause = LOOK_SECONDS
            except (Unanswered, OSError) as error:
                log.warning("lines_not_taken", extra={"error": str(error)[:200]})
                pause = min(pause * 2, PAUSE_MAX)
            if self._clock.monotonic() - saved_at > SAVE_SECONDS:
                saved_at = self._clock.monotonic()
                await self.save(listing())
            await asyncio.sleep(pause)

    async def flush(self, one: Observed) -> None:
        """Ships what there is of a replica now. Raises Unanswered where nobody takes it."""
        while await self._ship_page(one):
            pass

    async def _ship_page(self, one: Observed) -> bool:
        """Whether there may be more."""
        after = self._cursors.get(one.replica_id, 0)
        page = await self._runtime.lines(one.replica_id, after=after, limit=LINES_MAX)
        if not page.lines:
            return False
        await self._send([_line(one, line) for line in page.lines])
        self._cursors[one.replica_id] = page.cursor
        self._changed = True
        return len(page.lines) == LINES_MAX

    async def tail(self, replica_id: str) -> tuple[str, ...]:
        """The last lines of a replica, for a verdict."""
        last: deque[str] = deque(maxlen=TAIL)
        cursor = 0
        while True:
            page = await self._runtime.lines(replica_id, after=cursor, limit=LINES_MAX)
            last.extend(line.message[:1000] for line in page.lines)
            if len(page.lines) < LINES_MAX:
                return tuple(last)
            cursor = page.cursor

    def forget(self, replica_id: str) -> None:
        self._changed = self._cursors.pop(replica_id, None) is not None or self._changed

    async def save(self, listing: tuple[Observed, ...]) -> None:
        if not self._changed:
            return
        self._changed = False
        there = {one.replica_id for one in listing}
        self._cursors = kept = {
            key: cursor for key, cursor in self._cursors.items() if key in there
        }
        try:
            await asyncio.to_thread(_save, self._file, kept)
        except OSError as error:
            log.warning("cursors_not_saved", extra={"error": str(error)[:200]})

    async def say_rest(self) -> None:
        """At the end of a term: what was said and not yet taken."""
        await self._say_all()

    async def _say_all(self) -> None:
        while self._said:
            lines = list(self._said)[:LINES_MAX]
            await self._send(lines)
            taken = {line["seq"] for line in lines}
            while self._said and self._said[0]["seq"] in taken:
                self._said.popleft()
        if self._dropped:
            log.warning("system_lines_dropped", extra={"count": self._dropped})
            self._dropped = 0

    async def _send(self, lines: list[Line]) -> None:
        for batch in batches(lines):
            answer = await self._bus.request(LOG_LINES, batch, seconds=ANSWER_SECONDS)
            if _is_broken(answer):
                raise Unanswered("the lines were not kept")


def batches(lines: list[Line]) -> list[bytes]:
    """Bodies of the wire's shape, none of them larger than a batch but for one huge line."""
    bodies: list[bytes] = []
    texts: list[str] = []
    size = 0
    for line in lines:
        text = json.dumps(line)
        if texts and size + len(text) > BATCH_BYTES:
            bodies.append(_body(texts))
            texts, size = [], 0
        texts.append(text)
        size += len(text)
    return [*bodies, _body(texts)] if texts else bodies


def _body(texts: list[str]) -> bytes:
    return f'{{"lines":[{",".join(texts)}]}}'.encode()


def _line(one: Observed, line: LogLine) -> Line:
    return {
        "service_id": one.labels.service_id,
        "project_id": one.labels.project_id,
        "replica_id": one.replica_id,
        "at": format_rfc3339(line.timestamp),
        "stream": line.stream,
        # Postgres keeps no NUL; the reader sees that something was there.
        "message": line.message.replace("\x00", "\N{SYMBOL FOR NULL}"),
        "seq": line.cursor,
    }


def _is_broken(answer: bytes) -> bool:
    try:
        document = json.loads(answer)
    except ValueError:
        return True
    return isinstance(document, dict) and document.get("kind") == "broken"


def _load(file: Path) -> dict[str, int]:
    try:
        known = json.loads(file.read_text())
        return {str(key): int(cursor) for key, cursor in known.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError) as error:
        log.warning("cursors_unreadable", extra={"error": str(error)[:200]})
        return {}


def _save(file: Path, cursors: dict[str, int]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(cursors))
    os.replace(fresh, file)

"""Log lines and samples from the scheduler (answered after the commit), frames from the edges.

Lines and samples are idempotent, so a sender that got no answer simply sends them again. Frames are
gathered for a second; what does not fit the buffer is dropped and counted: they are samples."""

import logging
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.query.asked import Rows
from services.query.measures import Measures
from services.query.statements import Statements
from services.query.views.telemetry.partitions import Partitions
from shared.bus.routes import COLD_MAX, Frame, decode_frames
from shared.eventstore import EventStoreFailure
from shared.kernel.json import dumps
from shared.runtime.shutdown import Shutdown

log = logging.getLogger(__name__)

MESSAGE_LENGTH_MAX = 16_384
LINES_MAX = 10_000
FRAMES_MAX = 50_000
FRAMES_PER_WRITE = 2_000
FLUSH_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    service_id: str
    replica_id: str
    at: datetime
    stream: str
    message: str
    seq: int
    project_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    service_id: str
    replica_id: str
    at: datetime
    cpu_seconds: float
    memory_bytes: int
    cpu_limit: float
    memory_limit: int
    gpu_share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    samples: tuple[Sample, ...]


class Ingest:
    def __init__(
        self, database: Rows, statements: Statements, partitions: Partitions, measures: Measures
    ) -> None:
        self._database = database
        self._statements = statements
        self._partitions = partitions
        self._measures = measures
        self._lines: TypeAdapter[Lines] = TypeAdapter(Lines)
        self._samples: TypeAdapter[Samples] = TypeAdapter(Samples)
        self._frames: deque[Frame] = deque()

    async def hear_lines(self, subject: str, body: bytes, headers: dict[str, str]) -> bytes:
        try:
            lines = self._lines.validate_json(body).lines
        except ValidationError as error:
            return _refused("lines", error)
        if len(lines) > LINES_MAX:
            return _answer(ok=False, error=f"more than {LINES_MAX} lines in one message")
        kept = [line for line in lines if self._partitions.holds("log_line", line.at)]
        if kept:
            await self._partitions.make("log_line", _days(line.at for line in kept))
            await self._database.rows(
                self._statements.write("insert_log_line"),
                {
                    "service_id": [line.service_id for line in kept],
                    "replica_id": [line.replica_id for line in kept],
                    "seq": [line.seq for line in kept],
                    "at": [line.at for line in kept],
                    "stream": [_storable(line.stream) for line in kept],
                    "message": [_storable(line.message) for line in kept],
                },
            )
        self._measures.lines.labels("kept").inc(len(kept))
        self._measures.lines.labels("too_old").inc(len(lines) - len(kept))
        return _answer(ok=True, kept=len(kept))

    async def hear_samples(self, subject: str, body: bytes, headers: dict[str, str]) -> bytes:
        try:
            samples = self._samples.validate_json(body).samples
        except ValidationError as error:
            return _refused("samples", error)
        kept = [sample for sample in samples if self._partitions.holds("sample", sample.at)]
        if kept:
            await self._partitions.make("sample", _days(sample.at for sample in kept))
            names = Sample.__dataclass_fields__
            columns = {name: [getattr(sample, name) for sample in kept] for name in names}
            await self._database.rows(self._statements.write("insert_sample"), columns)
        return _answer(ok=True, kept=len(kept))

    async def hear_frames(self, subject: str, body: bytes) -> None:
        for frame in decode_frames(body):
            if len(self._frames) >= FRAMES_MAX:
                self._measures.frames_dropped.inc()
                self._frames.popleft()
            self._frames.append(frame)

    async def flush_frames(self) -> None:
        while self._frames:
            count = min(len(self._frames), FRAMES_PER_WRITE)
            frames = [self._frames.popleft() for _ in range(count)]
            try:
                await self._write_frames(frames)
            except EventStoreFailure:
                # Tried again with the next second's; the oldest go where there is no room.
                room = FRAMES_MAX - len(self._frames)
                self._measures.frames_dropped.inc(max(0, count - room))
                self._frames.extendleft(reversed(frames[max(0, count - room) :]))
                raise

    async def _write_frames(self, frames: list[Frame]) -> None:
        kept = [frame for frame in frames if self._partitions.holds("frame", _second(frame))]
        if not kept:
            return
        await self._partitions.make("frame", _days(_second(frame) for frame in kept))
        await self._database.rows(
            self._statements.write("insert_frame"),
            {"frames": dumps([asdict(frame) for frame in kept])},
        )
        await self._write_cold_starts(kept)

    async def _write_cold_starts(self, frames: list[Frame]) -> None:
        # Requests that came together may end in different seconds: their numbers differ as well.
        cold = [
            (
                frame,
                (frame.second - at // 1000) * COLD_MAX + number,
                datetime.fromtimestamp(at / 1000, UTC),
                held,
                first,
            )
            for frame in frames
            for number, (at, held, first) in enumerate(frame.cold)
        ]
        kept = [row for row in cold if self._partitions.holds("cold_start", row[2])]
        if not kept:
            return
        await self._partitions.make("cold_start", _days(row[2] for row in kept))
        await self._database.rows(
            self._statements.write("insert_cold_start"),
            {
                "service_id": [row[0].service_id for row in kept],
                "edge_id": [row[0].edge_id for row in kept],
                "number": [row[1] for row in kept],
                "at": [row[2] for row in kept],
                "held_ms": [row[3] for row in kept],
                "first_byte_ms": [row[4] for row in kept],
            },
        )

    async def run(self, shutdown: Shutdown) -> None:
        while not await shutdown.wait_for(FLUSH_SECONDS):
            try:
                await self.flush_frames()
            except EventStoreFailure as error:
                log.warning(
                    "frames_wait", extra={"frames": len(self._frames), "error": str(error)[:200]}
                )


def _second(frame: Frame) -> datetime:
    return datetime.fromtimestamp(frame.second, UTC)


def _days(moments: Iterable[datetime]) -> list[date]:
    return sorted({at.astimezone(UTC).date() for at in moments})


def _storable(text: str) -> str:
    """Tenants write whatever they like; Postgres takes no NUL, and a line has an end."""
    return text[:MESSAGE_LENGTH_MAX].replace("\x00", "\ufffd")


def _refused(what: str, error: ValidationError) -> bytes:
    log.warning("telemetry_undecodable", extra={"what": what, "errors": error.error_count()})
    return _answer(ok=False, error=f"not {what}")


def _answer(**fields: Any) -> bytes:
    return dumps(fields).encode()

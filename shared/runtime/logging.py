"""Logs as JSON lines on stderr: a constant event name, everything else as fields.

ASCII only, so that text of tenants cannot steer an operator's terminal. The correlation id comes
from a context variable, set where a request or message enters."""

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType

_CORRELATION: ContextVar[str | None] = ContextVar("correlation_id", default=None)
FIELD_LENGTH_MAX = 4_000

# What every record has by itself, so that the rest is what the caller gave by `extra`.
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def correlation_id() -> str | None:
    return _CORRELATION.get()


@contextmanager
def correlated(correlation_id: str | None) -> Iterator[None]:
    """Every log line inside carries this correlation id."""
    token = _CORRELATION.set(correlation_id)
    try:
        yield
    finally:
        _CORRELATION.reset(token)


class JsonLines(logging.Formatter):
    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": self._process,
            "event": _cut(record.getMessage()),
            "logger": record.name,
        }
        if (correlation := _CORRELATION.get()) is not None:
            line["correlation_id"] = correlation
        for name, value in vars(record).items():
            if name not in _OWN and name not in line:
                line[name] = _plain(value)
        if record.exc_info is not None and record.exc_info[1] is not None:
            line["error"] = _cut(f"{type(record.exc_info[1]).__name__}: {record.exc_info[1]}")
            line["traceback"] = _frames(record.exc_info[2])
        return json.dumps(line, ensure_ascii=True, default=str)


def configure(process: str, level: str = "INFO") -> None:
    """Once per process, first thing."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(process))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Libraries that speak at INFO about each message or statement would drown everything else.
    for loud in (
        "nats",
        "faststream",
        "uvicorn",
        "uvicorn.error",
        "psycopg",
        "psycopg.pool",
        "urllib3",
        "httpx",
        "httpcore",
    ):
        logger = logging.getLogger(loud)
        logger.setLevel(max(logging.WARNING, root.level))
        # FastStream puts a coloured handler of its own there when it is imported.
        logger.handlers.clear()
        logger.propagate = True


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value[:100]]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in list(value.items())[:100]}
    return _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= FIELD_LENGTH_MAX else text[:FIELD_LENGTH_MAX] + "..."


def _frames(trace: TracebackType | None) -> list[str]:
    # Places only: the source line of a frame may hold a literal that is nobody's business.
    return [
        f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)
    ]

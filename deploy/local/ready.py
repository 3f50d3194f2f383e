"""Asks over HTTP whether the stack serves, and where not, who is missing and what it said last."""

import asyncio
import json
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.logs import last_lines
from shared.runtime.settings import Settings

ANSWER_SECONDS = 3.0
ANSWER_BYTES_MAX = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    document: Mapping[str, object] = field(default_factory=dict)


async def gateway_answer(settings: Settings) -> Answer | None:
    """None where nobody listens yet."""
    address = settings.gateway_url.removeprefix("http://")
    host, _, port = address.rpartition(":")
    return await _asked(
        asyncio.open_connection(host.strip("[]"), int(port), limit=ANSWER_BYTES_MAX), address
    )


async def process_answer(settings: Settings, process: str) -> Answer | None:
    path = settings.health_socket(process)
    return await _asked(asyncio.open_unix_connection(path, limit=ANSWER_BYTES_MAX), "localhost")


async def missing(settings: Settings, processes: tuple[str, ...]) -> dict[str, str]:
    """Which processes are not ready, and why, in their own words."""
    answers = await asyncio.gather(*(process_answer(settings, name) for name in processes))
    reasons: dict[str, str] = {}
    for name, answer in zip(processes, answers, strict=True):
        if answer is None:
            reasons[name] = "does not answer yet"
        elif answer.status != 200:
            reasons[name] = _failed_checks(answer.document)
    return reasons


def last_words(log_file: Path) -> str:
    """The end of a log for a person: from our JSON lines the event and the error."""
    for line in reversed(last_lines(log_file, 20)):
        try:
            record = json.loads(line)
        except ValueError:
            return line[:300]
        if isinstance(record, dict) and record.get("level") in ("error", "critical"):
            return f"{record.get('event')}: {record.get('error') or record.get('sentence') or ''}"
    return "nothing in its log"


def _failed_checks(document: Mapping[str, object]) -> str:
    checks = document.get("checks")
    if not isinstance(checks, dict):
        return "is not ready"
    return ", ".join(f"{name}: {why}" for name, why in checks.items() if why != "ok")


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _asked(connecting: Coroutine[object, object, Streams], host: str) -> Answer | None:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await connecting
            try:
                request = f"GET /ready HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
                writer.write(request.encode())
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.read(ANSWER_BYTES_MAX)
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return None
    return _parsed(head, body)


def _parsed(head: bytes, body: bytes) -> Answer | None:
    match head.split(b" ", 2):
        case [_, status, _] if status.isdigit():
            pass
        case _:
            return None
    try:
        document = json.loads(body)
    except ValueError:
        document = {}
    return Answer(status=int(status), document=document if isinstance(document, dict) else {})

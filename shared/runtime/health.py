"""/health, /ready and /metrics of one process, on a socket of the run folder or a loopback port.

/health says the loop turns; /ready says every check passes, and which does not. The same answer
goes over the bus (`health.<process>`), where the gateway asks for it."""

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from prometheus_client import CollectorRegistry

from shared.runtime.metrics import CONTENT_TYPE, exposition
from shared.runtime.settings import Settings

log = logging.getLogger(__name__)

CHECK_SECONDS = 2.0
REQUEST_SECONDS = 5.0
HEAD_BYTES_MAX = 8192

# None where all is well, else a short sentence why not.
Check = Callable[[], Awaitable[str | None]]


class Readiness:
    """What must hold before this process serves. Checks run side by side, each with a time-out."""

    def __init__(self, process: str) -> None:
        self.process = process
        self._checks: dict[str, Check] = {}
        self._facts: dict[str, str] = {}

    def tell(self, name: str, value: str) -> None:
        """Something an operator wants to see beside the checks, such as the isolation mode."""
        self._facts[name] = value

    def add(self, name: str, check: Check) -> None:
        self._checks[name] = check

    async def document(self) -> dict[str, object]:
        answers = await asyncio.gather(*(_asked(check) for check in self._checks.values()))
        checks = dict(zip(self._checks, answers, strict=True))
        return {
            "process": self.process,
            "ready": all(answer is None for answer in answers),
            "checks": {name: answer or "ok" for name, answer in checks.items()},
            "facts": dict(self._facts),
        }


async def _asked(check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return f"no answer within {CHECK_SECONDS:g} s"
    except Exception as error:  # Whatever a check runs into is the answer: not ready, and why.
        log.warning("readiness_check_failed", exc_info=True)
        return f"{type(error).__name__}"


class HealthListener:
    """`async with HealthListener(...)`: listens until the block ends."""

    def __init__(
        self, settings: Settings, readiness: Readiness, registry: CollectorRegistry
    ) -> None:
        self._settings = settings
        self._readiness = readiness
        self._registry = registry
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "HealthListener":
        port = self._settings.health_port
        if port is not None:
            self._server = await asyncio.start_server(
                self._serve, self._settings.health_host, port, limit=HEAD_BYTES_MAX
            )
        else:
            path = self._settings.health_socket(self._readiness.process)
            self._server = await _listen(self._serve, path)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(await self._answer(head))
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            log.debug("health_request_broken")
        finally:
            writer.close()

    async def _answer(self, head: bytes) -> bytes:
        match head.split(b" ", 2)[:2]:
            case [b"GET", b"/health"]:
                return _json(200, {"process": self._readiness.process, "alive": True})
            case [b"GET", b"/ready"]:
                document = await self._readiness.document()
                return _json(200 if document["ready"] else 503, document)
            case [b"GET", b"/metrics"]:
                return _response(200, CONTENT_TYPE, exposition(self._registry))
            case _:
                return _json(404, {"error": "not found"})


async def _listen(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]], path: Path
) -> asyncio.Server:
    path.unlink(missing_ok=True)  # Left by a process that was killed; only one of a name runs.
    server = await asyncio.start_unix_server(serve, path, limit=HEAD_BYTES_MAX)
    os.chmod(path, 0o600)
    return server


def _json(status: int, document: dict[str, object]) -> bytes:
    return _response(status, "application/json", json.dumps(document).encode())


def _response(status: int, content_type: str, body: bytes) -> bytes:
    reason = {200: "OK", 404: "Not Found", 503: "Service Unavailable"}[status]
    head = (
        f"HTTP/1.1 {status} {reason}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body

"""The gateway process: the bus, the parts, the application, and uvicorn around it."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator

import uvicorn
from litestar.types import ASGIApp

from services.gateway.app import build
from services.gateway.authenticate import Authenticator
from services.gateway.dispatch import ACCESS_AGGREGATES, PROCESS, Dispatch
from services.gateway.endpoints import Endpoints
from services.gateway.limits import Limits
from services.gateway.parts import Parts
from services.gateway.passwords import PasswordHashers
from services.gateway.protocol import Protocol
from services.gateway.registry import SURFACES
from services.gateway.stack import Stack
from services.gateway.tokens import Tokens
from shared.bus.broker import Bus
from shared.bus.routes import decode_ack
from shared.bus.subjects import ack_subject, events_of, health_subject
from shared.kernel import json
from shared.runtime.clock import SystemClock
from shared.runtime.health import HealthListener, Readiness
from shared.runtime.ids import DerivedIds, IdSource
from shared.runtime.metrics import new_registry
from shared.runtime.settings import Settings
from shared.runtime.shutdown import Shutdown
from shared.runtime.telemetry import telemetry_of

log = logging.getLogger(__name__)

BACKLOG = 2048
KEEP_ALIVE_SECONDS = 30


class PortTaken(Exception):
    """A sentence for the operator."""


async def main(settings: Settings, shutdown: Shutdown) -> None:
    bus = Bus(settings, PROCESS)
    readiness = Readiness(PROCESS)
    clock = SystemClock()
    parts = parts_of(settings, bus, readiness, clock)
    app = build(parts, SURFACES)
    listener = _listening(settings)

    async def health(_subject: str, _body: bytes, _headers: dict[str, str]) -> bytes:
        return json.dumps(await readiness.document()).encode()

    async def access_changed(_subject: str, _body: bytes) -> None:
        parts.authenticator.forget()

    async def edge_acked(_subject: str, body: bytes) -> None:
        parts.endpoints.hear(decode_ack(body))

    async def bus_answers() -> str | None:
        return None if bus.is_connected else "not connected"

    readiness.add("bus", bus_answers)
    bus.serve(health_subject(PROCESS), PROCESS, health)
    bus.listen(ack_subject("*"), edge_acked)
    for stream_type in sorted(ACCESS_AGGREGATES):
        bus.follow(events_of(stream_type), access_changed)

    # The page /health answers while the bus is still away, so HTTP comes first.
    server = http_server(settings, app)
    async with HealthListener(settings, readiness, parts.registry):
        connecting = asyncio.create_task(bus.start(), name="bus")
        serving = asyncio.create_task(server.serve(sockets=[listener]), name="http")
        asked = asyncio.create_task(shutdown.wait(), name="shutdown")
        log.info("gateway_listening", extra={"url": settings.gateway_url})
        try:
            # A bus that failed for good ends the process: the supervisor starts another.
            await _first_of(asked, serving, connecting)
        finally:
            server.should_exit = True
            parts.streams.close()
            await serving
            asked.cancel()
            if connecting.done() and not connecting.cancelled() and connecting.exception() is None:
                await bus.stop()
            connecting.cancel()
            parts.hashers.close()
            parts.telemetry.close()


async def _first_of(
    asked: asyncio.Task[None], serving: asyncio.Task[None], connecting: asyncio.Task[None]
) -> None:
    waiting: set[asyncio.Task[None]] = {asked, serving, connecting}
    while not asked.done():
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        if serving in done:
            return


def parts_of(settings: Settings, bus: Bus, readiness: Readiness, clock: SystemClock) -> Parts:
    installation = settings.keys.installation()
    telemetry = telemetry_of(settings, PROCESS)
    dispatch = Dispatch(bus, settings, telemetry)
    return Parts(
        settings=settings,
        installation=installation,
        webhook=settings.keys.webhook(),
        clock=clock,
        ids=IdSource(clock),
        derived=DerivedIds(installation),
        dispatch=dispatch,
        authenticator=Authenticator(dispatch, installation, clock),
        tokens=Tokens(installation, clock),
        limits=Limits(clock),
        stack=Stack(bus, readiness, clock),
        hashers=PasswordHashers(),
        telemetry=telemetry,
        registry=new_registry(PROCESS),
        endpoints=Endpoints(clock=clock),
    )


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the frame's (shared/runtime/shutdown.py), which tells us by `shutdown`."""
        yield


def http_server(settings: Settings, app: ASGIApp) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=int(settings.shutdown_seconds),
    )
    return _Server(config)


def _listening(settings: Settings) -> socket.socket:
    host, port = settings.gateway_host, settings.gateway_port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        sentence = f"The gateway cannot listen on {host}:{port}: {error.strerror}."
        log.error("port_taken", extra={"sentence": sentence})
        raise PortTaken(sentence) from error

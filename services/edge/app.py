"""The edge process: tables from the bus to HAProxy, its traffic back to the bus as frames.

Each task outlives its dependency: without the bus the last tables stay; without HAProxy they wait.
"""

import asyncio
import logging
import re
import socket
from collections.abc import Callable, Coroutine
from typing import Any, Final

import nats.errors

from services.edge.certificates import DomainCertificates, FileCertificates, Keeper, Source
from services.edge.frames import Tally
from services.edge.haproxy import REQUEST_SOCKET, RUNTIME_SOCKET
from services.edge.measure import FramePublisher, Sampler
from services.edge.reconcile import Reconciler
from services.edge.request_log import listen
from services.edge.runtime_socket import RuntimeSocket
from services.edge.tables import TableWatch
from shared.bus.ask import ask
from shared.bus.broker import Bus
from shared.bus.routes import RouteAck, encode
from shared.bus.subjects import ack_subject, frame_subject, health_subject, poke_subject
from shared.envelope.messages import Answered, Rejected
from shared.kernel import json
from shared.kernel.actor import process_actor
from shared.runtime.clock import SystemClock
from shared.runtime.health import HealthListener, Readiness
from shared.runtime.metrics import new_registry
from shared.runtime.settings import Settings
from shared.runtime.shutdown import Shutdown

log = logging.getLogger(__name__)

PROCESS: Final = "edge"
ACTOR = process_actor(PROCESS)
ACKS_KEPT_MAX = 20_000
POKES_KEPT_MAX = 1000
SAY_AGAIN_SECONDS = 30.0
PUBLISH_SECONDS = 5.0
_NEVER = 1 << 62


def edge_id_of(settings: Settings) -> str:
    """The same after a restart, and one token of a subject."""
    host = re.sub(r"[^A-Za-z0-9_-]+", "-", socket.gethostname())[:60] or "host"
    return f"{host}-{settings.edge_port}"


def own_hosts_of(settings: Settings) -> frozenset[str]:
    names = (name.strip().lower().rstrip(".") for name in settings.gateway_names.split(","))
    return frozenset({*names, settings.gateway_host, settings.service_suffix, "localhost"} - {""})


class Edge:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._bus = Bus(settings, PROCESS)
        self.edge_id = edge_id_of(settings)
        self._acks: asyncio.Queue[RouteAck] = asyncio.Queue(ACKS_KEPT_MAX)
        self._pokes: asyncio.Queue[str] = asyncio.Queue(POKES_KEPT_MAX)
        runtime = RuntimeSocket(settings.run_dir / RUNTIME_SOCKET)
        self._reconciler = Reconciler(
            edge_id=self.edge_id,
            runtime=runtime,
            clock=SystemClock(),
            ack=self._keep_ack,
            own_hosts=own_hosts_of(settings),
            drain_seconds=settings.drain_seconds,
        )
        self._watch = TableWatch(self._bus, self._reconciler.take)
        self._tally = Tally(self.edge_id)
        self._sampler = Sampler(
            runtime, self._tally, lambda: self._reconciler.actual, self._reconciler.look_again
        )
        self._frames = FramePublisher(
            self._tally, self._publish_frames, lambda: self._bus.is_connected
        )
        self._certificates = self._keeper(runtime) if settings.edge_tls_port is not None else None
        self.readiness = Readiness(PROCESS)
        self.readiness.add("haproxy", self._is_applied)
        self.readiness.add("routes", self._is_caught_up)

    async def serve(self, shutdown: Shutdown) -> None:
        registry = new_registry(PROCESS)
        async with HealthListener(self._settings, self.readiness, registry):
            lines = await listen(
                self._settings.run_dir / REQUEST_SOCKET, self._tally.request, self._keep_poke
            )
            tasks = [asyncio.create_task(task(), name=task.__qualname__) for task in self._tasks()]
            try:
                await _until(shutdown, tasks)
            finally:
                lines.close()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await self._last_words()

    def _tasks(self) -> tuple[Callable[[], Coroutine[Any, Any, None]], ...]:
        # HAProxy is looked after before the bus is there: a drain that our last life began ends.
        certificates = () if self._certificates is None else (self._certificates.run,)
        return (
            *certificates,
            self._reconciler.run,
            self._sampler.run,
            self._frames.run,
            self._follow_bus,
            self._send_acks,
            self._send_pokes,
            self._say_again,
        )

    def _keeper(self, runtime: RuntimeSocket) -> Keeper:
        sources: list[Source] = [DomainCertificates(self._ask)]
        if self._settings.certificates_dir is not None:
            sources.append(FileCertificates(self._settings.certificates_dir))
        return Keeper(runtime, tuple(sources))

    async def _ask(self, question: Any) -> Answered | Rejected:
        seconds = self._settings.question_seconds
        return await ask(self._bus, question, asker=ACTOR, seconds=seconds)

    async def _follow_bus(self) -> None:
        self._bus.serve(health_subject(PROCESS), PROCESS, self._answer_health)
        await self._bus.start()
        await self._watch.run()

    async def _send_acks(self) -> None:
        while True:
            ack = await self._acks.get()
            await self._publish(ack_subject(self.edge_id), encode(ack))

    async def _send_pokes(self) -> None:
        while True:
            service_id = await self._pokes.get()
            await self._publish(poke_subject(self.edge_id), service_id.encode())

    def _keep_poke(self, service_id: str) -> None:
        try:
            self._pokes.put_nowait(service_id)
        except asyncio.QueueFull:
            log.warning("poke_dropped", extra={"service_id": service_id})  # Its frame says it too.

    async def _say_again(self) -> None:
        """An ack is published once and may be lost, and a scheduler may have been away."""
        while True:
            await asyncio.sleep(SAY_AGAIN_SECONDS)
            self._reconciler.say_again()

    def _keep_ack(self, ack: RouteAck) -> None:
        try:
            self._acks.put_nowait(ack)
        except asyncio.QueueFull:
            log.warning("ack_dropped", extra={"service_id": ack.service_id})

    async def _publish_frames(self, payload: bytes) -> None:
        await self._publish(frame_subject(self.edge_id), payload)

    async def _publish(self, subject: str, payload: bytes) -> None:
        if not self._bus.is_connected:
            return  # What is said here is said again, and frames wait until it is connected.
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                await self._bus.publish(subject, payload)
        except (nats.errors.Error, OSError, TimeoutError) as error:
            log.warning("publish_failed", extra={"subject": subject, "error": repr(error)[:200]})

    async def _answer_health(self, _subject: str, _body: bytes, _headers: dict[str, str]) -> bytes:
        return json.dumps(await self.readiness.document()).encode()

    async def _is_applied(self) -> str | None:
        return None if self._reconciler.is_applied else "the routes are not applied to HAProxy"

    async def _is_caught_up(self) -> str | None:
        return None if self._watch.is_caught_up else "not all route tables were read yet"

    async def _last_words(self) -> None:
        self._frames.close_seconds(before=_NEVER)
        if self._bus.is_connected:
            await self._frames.publish_kept()
            async with asyncio.timeout(PUBLISH_SECONDS):
                await self._bus.stop()


async def _until(shutdown: Shutdown, tasks: list[asyncio.Task[None]]) -> None:
    """Until asked to stop. A task that ended is a bug: raise it, and be started anew."""
    asked = asyncio.create_task(shutdown.wait())
    done, _ = await asyncio.wait({asked, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    for task in done - {asked}:
        task.result()


async def main(settings: Settings, shutdown: Shutdown) -> None:
    await Edge(settings).serve(shutdown)

"""The scheduler process put together: the engine, the leader's lock, and what wakes a leader.

Without the lock it only waits. SIGTERM ends the process and leaves the replicas; SIGINT means that
the whole stack ends, and then they end as well.
"""

import asyncio
import json
import logging
import os
import socket

from services.scheduler.act import Hands
from services.scheduler.control import Control
from services.scheduler.executions.engine import beside
from services.scheduler.executions.engines import JobEngines, settings_of_jobs
from services.scheduler.executions.opening import executions_of, stop_jobs
from services.scheduler.leave_all import stop_everything
from services.scheduler.model import Limits
from services.scheduler.nodes.detect import this_node
from services.scheduler.record import Recorder
from services.scheduler.repositories.fetch import Repositories
from services.scheduler.runtimes.choice import Runtimes
from services.scheduler.runtimes.container.settings import ContainerSettings
from services.scheduler.runtimes.process.runtime import open_process_runtime
from services.scheduler.runtimes.process.settings import ProcessSettings
from services.scheduler.ship import Shipper
from services.scheduler.sightings import Sightings
from services.scheduler.sources import Sources
from services.scheduler.speak import Speaker
from services.scheduler.tables import Tables
from services.scheduler.watch import Watch
from shared.bus.broker import Bus
from shared.bus.routes import decode_ack, decode_frames
from shared.bus.subjects import (
    PUSHED_HINT,
    ack_subject,
    events_named,
    events_of,
    frame_subject,
    health_subject,
    poke_subject,
)
from shared.envelope.event import from_cloud_event
from shared.eventstore.leader import Leader, Term
from shared.runtime.clock import SystemClock
from shared.runtime.ending import end
from shared.runtime.health import HealthListener, Readiness
from shared.runtime.ids import IdSource
from shared.runtime.metrics import new_registry
from shared.runtime.settings import Settings
from shared.runtime.shutdown import Shutdown

log = logging.getLogger(__name__)

PROCESS = "scheduler"
STOP_SECONDS = 5.0


class Scheduler:
    def __init__(self, settings: Settings, runtime: Runtimes, jobs: JobEngines) -> None:
        self._settings = settings
        self._runtime = runtime
        self._jobs = jobs
        self._clock = SystemClock()
        self._ids = IdSource(self._clock)
        self._bus = Bus(settings, PROCESS)
        self._control: Control | None = None
        self.readiness = Readiness(PROCESS)
        self.readiness.add("bus", self._is_connected)
        self.readiness.add("leader", self._is_leading)
        isolated = runtime.capabilities.isolated
        self.readiness.tell("isolation", "isolated" if isolated else "trusted")
        self.readiness.tell("isolation_why", runtime.capabilities.why_not or "")
        self.readiness.tell("containers", runtime.words)
        self.readiness.tell("capacity", settings.capacity)

    async def serve(self, shutdown: Shutdown) -> None:
        registry = new_registry(PROCESS)
        async with HealthListener(self._settings, self.readiness, registry):
            self._listen()
            leading = asyncio.create_task(self._follow_bus_and_lead(shutdown))
            asked = asyncio.create_task(shutdown.wait())
            await asyncio.wait({leading, asked}, return_when=asyncio.FIRST_COMPLETED)
            if shutdown.asked and self._control is not None:
                # The leader ends its term itself, while it still has the lock.
                await asyncio.wait({leading}, timeout=self._settings.shutdown_seconds)
            await end((asked, leading))
            await self._leave_bus()
            await self._runtime.close()
            await self._jobs.close()
            if not leading.cancelled():
                leading.result()

    async def _follow_bus_and_lead(self, shutdown: Shutdown) -> None:
        await self._bus.start()
        dsn = self._settings.postgres_conninfo("scheduler")
        holder = f"{socket.gethostname()}:{os.getpid()}"

        async def lead(term: Term) -> None:
            await self._lead(term, shutdown)

        await Leader(dsn, name=PROCESS, holder=holder).run(lead)

    async def _lead(self, term: Term, shutdown: Shutdown) -> None:
        """Returns when the process shall stop; is cancelled when the lock is lost."""
        control = self._new_control(term)
        self._control = control
        work = asyncio.create_task(control.run())
        ends = [asyncio.create_task(shutdown.wait()), asyncio.create_task(term.lost.wait())]
        try:
            await asyncio.wait({work, *ends}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
            await end((work,))
            if term.lost.is_set():
                # The log refused us first. Wait for the lock's own verdict, acting no more.
                await asyncio.Event().wait()
            await control.hands.recorder.shipper.save(control.sightings.latest)
            if shutdown.everything:
                seconds = self._settings.shutdown_seconds * 0.8
                await asyncio.gather(
                    stop_everything(control, seconds=seconds),
                    stop_jobs(self._jobs, grace_seconds=seconds / 3),
                )
        finally:
            self._control = None
            await end((work, *ends))

    def _new_control(self, term: Term) -> Control:
        settings = self._settings
        speaker = Speaker(self._bus, settings, term.epoch)
        repositories = Repositories(
            base=settings.git_base, folder=settings.data_dir / "scheduler" / "checkouts"
        )
        shipper = Shipper(
            self._bus,
            self._runtime,
            self._clock,
            settings.data_dir / "scheduler" / "cursors.json",
        )

        def wake(service_id: str) -> None:
            control.queue.wake(service_id)

        hands = Hands(
            speaker=speaker,
            runtime=self._runtime,
            tables=Tables(self._bus, self._clock),
            sources=Sources(
                repositories=repositories,
                runtime=self._runtime,
                clock=self._clock,
                seconds_max=settings.preparation_seconds,
                say=shipper.say,
                wake=wake,
                revision=speaker.revision,
            ),
            recorder=Recorder(speaker=speaker, runtime=self._runtime, shipper=shipper),
            clock=self._clock,
            ids=self._ids,
            wake=wake,
        )
        control = Control(
            term=term,
            bus=self._bus,
            clock=self._clock,
            speaker=speaker,
            hands=hands,
            sightings=Sightings(self._runtime),
            limits=Limits(
                startup_seconds=settings.startup_seconds,
                drain_seconds=settings.drain_seconds,
                proven_domains=settings.domain_check == "on",
            ),
            machine=this_node(settings),
            suffix=settings.service_suffix,
        )
        control.executions = executions_of(control, settings, self._jobs)
        control.book.jobs = control.executions.placed
        control.watch = Watch(
            repositories=repositories,
            speaker=speaker,
            ids=self._ids,
            services=control.live_services,
            told=control.rollout_asked,
            deployed=speaker.deployed,
            every_seconds=settings.git_poll_seconds,
        )
        return control

    def _listen(self) -> None:
        for stream_type in ("service", "replica", "scaling", "custom_domain", "quota"):
            self._bus.follow(events_of(stream_type), self._hear_event)
        # Nobody here asks about any other news of a project.
        self._bus.follow(events_named("project", "revised"), self._hear_project)
        self._bus.follow(events_of("node"), self._hear_node)
        for stream_type in ("execution", "hardware_tier"):
            self._bus.listen(events_of(stream_type), self._hear_execution)
        self._bus.listen(ack_subject("*"), self._hear_ack)
        self._bus.listen(frame_subject("*"), self._hear_frames)
        self._bus.listen(poke_subject("*"), self._hear_poke)
        self._bus.listen(PUSHED_HINT, self._hear_push)
        self._bus.serve(health_subject(PROCESS), PROCESS, self._answer_health)

    async def _hear_event(self, _subject: str, body: bytes) -> None:
        if self._control is not None:
            self._control.hear_event(from_cloud_event(body))

    async def _hear_project(self, subject: str, body: bytes) -> None:
        await self._hear_event(subject, body)
        await self._hear_execution(subject, body)

    async def _hear_node(self, _subject: str, body: bytes) -> None:
        if self._control is not None:
            self._control.nodes.hear_event(from_cloud_event(body))

    async def _hear_execution(self, _subject: str, body: bytes) -> None:
        control = self._control
        if control is not None and control.executions is not None:
            control.executions.hear_event(from_cloud_event(body))

    async def _hear_ack(self, _subject: str, body: bytes) -> None:
        if self._control is not None:
            self._control.hear_ack(decode_ack(body))

    async def _hear_frames(self, subject: str, body: bytes) -> None:
        if self._control is not None:
            edge_id = subject.partition(".")[2]
            self._control.autoscaler.hear_frames(edge_id, decode_frames(body))

    async def _hear_poke(self, _subject: str, body: bytes) -> None:
        if self._control is not None:
            self._control.autoscaler.hear_poke(body.decode("utf-8", "replace"))

    async def _hear_push(self, _subject: str, body: bytes) -> None:
        control = self._control
        if control is not None and control.watch is not None:
            control.watch.hint(body.decode("utf-8", "replace"))

    async def _is_connected(self) -> str | None:
        return None if self._bus.is_connected else "not connected"

    async def _is_leading(self) -> str | None:
        if self._control is None:
            return "does not lead (yet)"
        return None if self._control.passes.is_settled else "has not looked at everything yet"

    async def _answer_health(self, _subject: str, _body: bytes, _headers: dict[str, str]) -> bytes:
        self.readiness.tell("containers", self._runtime.words)  # An engine may come later.
        document = await self.readiness.document()
        checks = document["checks"]
        said = checks.items() if isinstance(checks, dict) else ()
        why = "; ".join(f"{name}: {text}" for name, text in said if text != "ok")
        capabilities = self._runtime.capabilities
        extra = {
            "why": why,
            "isolated": capabilities.isolated,
            "isolation_why": capabilities.why_not or "",
            "containers": self._runtime.words,
        }
        return json.dumps({**document, **extra}).encode()

    async def _leave_bus(self) -> None:
        if not self._bus.is_connected:
            return
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._bus.stop()
        except TimeoutError:
            log.warning("bus_not_left", extra={"seconds": STOP_SECONDS})


async def main(settings: Settings, shutdown: Shutdown) -> None:
    engine = settings.data_dir / "scheduler"
    process = await open_process_runtime(
        ProcessSettings(
            root=engine / "engine",
            isolation=settings.isolation,
            bubblewrap=settings.bwrap_bin,
            build_seconds_max=settings.preparation_seconds,
        )
    )
    containers = ContainerSettings(
        root=engine / "containers",
        network=settings.container_network,
        as_root=settings.container_root,
        build_seconds_max=settings.preparation_seconds,
    )
    runtime = Runtimes(process=process, settings=containers, engine=settings.container_engine)
    await runtime.look()
    jobs = JobEngines(
        process=beside(process, engine / "jobs"),
        settings=settings_of_jobs(engine / "containers-of-jobs", containers),
        engine=settings.container_engine,
    )
    await jobs.look()
    await Scheduler(settings, runtime, jobs).serve(shutdown)

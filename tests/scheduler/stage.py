"""A real bus, and everything around a leader played small: log, view, prober, edge, engine.

The engine is in memory and outlives leaders, as the real one does. Nothing of the scheduler itself
is played: its control, queue, routes, acks, lines and pushes are the real ones.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nats.errors
import nats.js.errors

from services.scheduler.act import Hands
from services.scheduler.control import Control
from services.scheduler.ending import end
from services.scheduler.model import Limits
from services.scheduler.placement import Node
from services.scheduler.repositories.fetch import Repositories
from services.scheduler.runtimes.interface import (
    BuildSpec,
    Capabilities,
    ExitCause,
    Labels,
    LogLine,
    LogPage,
    Observed,
    PreparationFailed,
    Prepared,
    ReplicaSpec,
    StartFailed,
)
from services.scheduler.ship import Shipper
from services.scheduler.sightings import Sightings
from services.scheduler.sources import Sources
from services.scheduler.speak import Speaker
from services.scheduler.tables import Tables
from services.scheduler.watch import Watch
from shared.bus.broker import Bus
from shared.bus.routes import RouteAck, RouteTable, decode_ack, decode_table, encode
from shared.bus.subjects import (
    COMMAND_QUEUE,
    LOG_LINES,
    QUESTION_QUEUE,
    ROUTES_BUCKET,
    ack_subject,
    events_of,
    question_subject,
)
from shared.domain.rejections import Forbidden, NotFound
from shared.domain.replica.commands import (
    RecordReplicaDraining,
    RecordReplicaStarted,
    RecordReplicaStopped,
)
from shared.domain.service.commands import ConcludeRollout, RecordRolloutSource, RequestRollout
from shared.envelope.event import EventEnvelope, from_cloud_event, to_cloud_event
from shared.envelope.messages import (
    Accepted,
    Answered,
    Rejected,
    decode_command,
    decode_question,
    encode_reply,
)
from shared.eventstore.leader import Term
from shared.queries.services import (
    DeploymentDocument,
    EnvDocument,
    GetWanted,
    IdList,
    ListWantedIds,
    ReplicaDocument,
    RevealEnv,
    WantedDocument,
)
from shared.runtime.clock import SystemClock
from shared.runtime.ids import IdSource
from tests.scheduler.making import PROJECT, SERVICE, deployment, service
from tests.support.nats import NatsServer


class Engine:
    """`Runtime` in memory. Replicas print one line when they start."""

    name = "process"
    capabilities = Capabilities(isolated=True, images=False)

    def __init__(self) -> None:
        self.replicas: dict[str, Observed] = {}
        self.specs: list[ReplicaSpec] = []
        self.stopped: list[str] = []
        self.printed: dict[str, list[str]] = {}
        self.discarded: list[Path | None] = []

    @property
    def alive(self) -> list[Observed]:
        return [one for one in self.replicas.values() if one.exit is None]

    def crash(self, replica_id: str) -> None:
        self.printed[replica_id].append("last words")
        self._end(replica_id, asked=False, code=3)

    async def prepare(
        self, build: BuildSpec, log: Callable[[str], None]
    ) -> Prepared | PreparationFailed:
        log("built")
        return Prepared(command=("run",), how="test", tree=build.checkout)

    async def start(self, spec: ReplicaSpec) -> Observed | StartFailed:
        self.specs.append(spec)
        self.printed[spec.replica_id] = ["hello"]
        self.replicas[spec.replica_id] = Observed(
            replica_id=spec.replica_id,
            labels=Labels(
                service_id=spec.service_id,
                project_id=spec.project_id,
                deployment_id=spec.deployment_id,
                ordinal=spec.ordinal,
                generation=spec.generation,
            ),
            state="running",
            address=f"unix@/run/{spec.replica_id}",
            pid=1,
            started_at=datetime.now(UTC),
        )
        return self.replicas[spec.replica_id]

    async def stop(self, replica_id: str, *, grace_seconds: float, force: bool = False) -> None:
        if replica_id in self.replicas:
            self.stopped.append(replica_id)
            self._end(replica_id, asked=True, code=0)

    async def discard(self, prepared: Prepared) -> None:
        self.discarded.append(prepared.tree)

    async def list(self) -> "list[Observed]":
        return list(self.replicas.values())

    async def forget(self, replica_id: str) -> None:
        self.replicas.pop(replica_id, None)

    async def lines(self, replica_id: str, *, after: int = 0, limit: int = 1000) -> LogPage:
        printed = self.printed.get(replica_id, [])[after : after + limit]
        lines = tuple(
            LogLine(cursor=after + n, timestamp=datetime.now(UTC), stream="stdout", message=text)
            for n, text in enumerate(printed, start=1)
        )
        return LogPage(lines=lines, cursor=after + len(lines))

    def _end(self, replica_id: str, *, asked: bool, code: int) -> None:
        cause = ExitCause(
            code=code,
            signal=None,
            oom=False,
            asked=asked,
            detail=f"exited with code {code}",
            at=datetime.now(UTC),
        )
        self.replicas[replica_id] = replace(self.replicas[replica_id], state="exited", exit=cause)


@dataclass(slots=True)
class Log:
    """Command and query in one: what is told is true at once, and every replica gets ready."""

    bus: Bus
    replicas_wanted: int = 1
    epoch: int = 1
    gets_ready: bool = True
    is_removed: bool = False
    position: int = 0
    deployments: list[DeploymentDocument] = field(default_factory=list)
    serving: str | None = None
    docs: dict[str, ReplicaDocument] = field(default_factory=dict)
    told: list[Any] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)

    def wire(self, query: Bus) -> None:
        self.bus.serve("commands.scheduler.*", COMMAND_QUEUE, self.hear_command)
        query.serve(question_subject("scheduler", "*"), QUESTION_QUEUE, self.answer)
        query.serve(LOG_LINES, QUESTION_QUEUE, self.take_lines)

    def named(self, kind: type) -> list[Any]:
        return [command for command in self.told if isinstance(command, kind)]

    async def deploy(self, id_: str, commit: str | None = None) -> None:
        self.deployments.append(deployment(id_, "in_progress", commit=commit))
        await self.publish("service", SERVICE, "rollout_started")

    async def remove(self) -> None:
        self.is_removed = True
        await self.publish("service", SERVICE, "removed")

    async def hear_command(self, subject: str, body: bytes, headers: dict[str, str]) -> bytes:
        envelope = decode_command(body)
        if envelope.epoch != self.epoch:
            rejection = Forbidden(action="lead", resource="scheduler")
            return encode_reply(Rejected(rejection=rejection))
        self.told.append(envelope.command)
        await self._take(envelope.command)
        return encode_reply(Accepted(position=self.position))

    async def _take(self, command: Any) -> None:
        match command:
            case RecordReplicaStarted():
                self._start(command)
                await self.publish("replica", command.replica_id, "started")
            case RecordReplicaDraining():
                doc = self.docs[command.replica_id]
                self.docs[command.replica_id] = replace(doc, state="draining")
                await self.publish("replica", command.replica_id, "drained")
            case RecordReplicaStopped():
                self.docs.pop(command.replica_id, None)
                await self.publish("replica", command.replica_id, "stopped")
            case RecordRolloutSource():
                self._change_newest(commit=command.commit)
                await self.publish("service", SERVICE, "rollout_sourced")
            case ConcludeRollout():
                self._change_newest(status="succeeded" if command.succeeded else "failed")
                self.serving = command.deployment_id if command.succeeded else self.serving
                await self.publish("service", SERVICE, "rollout_concluded")
            case RequestRollout():
                await self.deploy(command.deployment_id, command.commit)

    def _start(self, command: RecordReplicaStarted) -> None:
        now = datetime.now(UTC)
        known = self.docs.get(command.replica_id)
        self.docs[command.replica_id] = known or ReplicaDocument(
            id=command.replica_id,
            service_id=command.service_id,
            deployment_id=command.deployment_id,
            ordinal=command.ordinal,
            generation=command.generation,
            address=command.address,
            runtime=command.runtime,
            isolated=command.isolated,
            state="ready" if self.gets_ready else "starting",
            reason="",
            started_at=now,
            ready_at=now if self.gets_ready else None,
        )

    def _change_newest(self, **fields: Any) -> None:
        self.deployments[-1] = replace(self.deployments[-1], **fields)

    async def publish(self, stream_type: str, stream_id: str, event_type: str) -> None:
        self.position += 1
        event = EventEnvelope(
            position=self.position,
            at=datetime.now(UTC),
            account_id="d" * 24,
            stream=f"{stream_type}-{stream_id}",
            version=1,
            event_id=f"event-{self.position}",
            type=f"{stream_type}.{event_type}",
            schema_version=1,
            command_id="c",
            correlation_id="x",
            causation_id=None,
            actor="process:scheduler",
            credential_id=None,
            surface="control",
            reason=None,
            data=json.dumps({"service_id": SERVICE}),
        )
        subject = f"events.{event.account_id}.{stream_type}.{stream_id}.{event_type}"
        with contextlib.suppress(nats.errors.Error):  # The bus may be away; a full pass finds it.
            await self.bus.publish(subject, to_cloud_event(event))

    async def answer(self, subject: str, body: bytes, headers: dict[str, str]) -> bytes:
        match decode_question(body).question:
            case GetWanted(service_id=service_id) if service_id == SERVICE and self.deployments:
                document: Any = self._wanted()
            case ListWantedIds():
                document = IdList(ids=(SERVICE,) if self.deployments else ())
            case RevealEnv():
                document = EnvDocument(variables=(("GREETING", "hello"),))
            case question:
                return encode_reply(Rejected(rejection=NotFound(kind="service", key=str(question))))
        return encode_reply(Answered(document=document, position=self.position))

    def _wanted(self) -> WantedDocument:
        found = [one for one in self.deployments if one.id == self.serving]
        of = service(
            self.deployments[-1], found[0] if found else None, replicas=self.replicas_wanted
        )
        return WantedDocument(
            service_id=SERVICE,
            service=None if self.is_removed else of,
            removed=self.is_removed,
            force=False,
            project_id=PROJECT,
            replicas=tuple(self.docs.values()),
        )

    async def take_lines(self, subject: str, body: bytes, headers: dict[str, str]) -> bytes:
        self.lines += json.loads(body)["lines"]
        return b'{"kept":true}'


@dataclass(slots=True)
class Edge:
    """Acks every table it sees, naming `busy`."""

    bus: Bus
    busy: tuple[str, ...] = ()
    is_away: bool = False
    seen: list[RouteTable] = field(default_factory=list)

    async def run(self) -> None:
        while True:
            await asyncio.sleep(0.02)
            with contextlib.suppress(nats.errors.Error, nats.js.errors.Error, TimeoutError):
                await self._look()

    async def _look(self) -> None:
        bucket = await self.bus.client.jetstream(timeout=0.5).key_value(ROUTES_BUCKET)
        entry = await bucket.get(SERVICE)
        table = decode_table(entry.value or b"")
        if not self.seen or self.seen[-1] != table:
            self.seen.append(table)
        if not self.is_away:
            ack = RouteAck(
                edge_id="e1", service_id=SERVICE, generation=table.generation, busy=self.busy
            )
            await self.bus.publish(ack_subject("e1"), encode(ack))


@dataclass(slots=True)
class Stage:
    folder: Path
    bus: Bus
    query: Bus
    log: Log
    edge: Edge
    engine: Engine = field(default_factory=Engine)
    repositories: Path = field(init=False)
    control: Control | None = None

    def __post_init__(self) -> None:
        self.repositories = self.folder / "git"
        self.repositories.mkdir()

    @property
    def table(self) -> RouteTable:
        return self.edge.seen[-1]

    @property
    def routed(self) -> list[str]:
        backends = self.table.backends if self.edge.seen else ()
        return [backend.replica_id for backend in backends if backend.state == "ready"]

    @asynccontextmanager
    async def leading(self, nats_server: NatsServer, epoch: int = 1) -> AsyncIterator[Control]:
        """One term of a leader; its end is as sudden as a kill."""
        self.log.epoch = max(self.log.epoch, epoch)
        control = self.control = self._control(nats_server, epoch)
        work = asyncio.create_task(control.run())
        try:
            yield control
        finally:
            self.control = None
            await end((work,))

    def _control(self, nats_server: NatsServer, epoch: int) -> Control:
        settings = nats_server.settings(command_seconds=1.0, question_seconds=1.0)
        clock = SystemClock()
        ids = IdSource(clock)
        speaker = Speaker(self.bus, settings, epoch)
        repositories = Repositories(base=str(self.repositories), folder=self.folder / "checkouts")
        shipper = Shipper(self.bus, self.engine, clock, self.folder / "cursors.json")

        def wake(service_id: str) -> None:
            control.queue.wake(service_id)

        hands = Hands(
            speaker=speaker,
            runtime=self.engine,
            tables=Tables(self.bus, clock),
            sources=Sources(
                repositories=repositories,
                runtime=self.engine,
                clock=clock,
                seconds_max=20.0,
                say=shipper.say,
                wake=wake,
            ),
            shipper=shipper,
            clock=clock,
            ids=ids,
            wake=wake,
        )
        control = Control(
            term=Term(epoch=epoch, lost=asyncio.Event()),
            bus=self.bus,
            clock=clock,
            speaker=speaker,
            hands=hands,
            sightings=Sightings(self.engine),
            limits=Limits(startup_seconds=30.0, drain_seconds=3.0, ack_seconds=1.0),
            nodes=(Node(name="here", cpu=1, memory_gb=1, is_simulated=True),),
            suffix="localhost",
        )
        control.watch = Watch(
            repositories=repositories,
            speaker=speaker,
            ids=ids,
            services=control.live_services,
            told=control.rollout_asked,
            every_seconds=0.2,
        )
        return control

    async def hear_event(self, _subject: str, body: bytes) -> None:
        if self.control is not None:
            self.control.hear_event(from_cloud_event(body))

    async def hear_ack(self, _subject: str, body: bytes) -> None:
        if self.control is not None:
            self.control.hear_ack(decode_ack(body))


@asynccontextmanager
async def open_stage(server: NatsServer, folder: Path) -> AsyncIterator[Stage]:
    settings = server.settings()
    buses = {name: Bus(settings, name) for name in ("scheduler", "command", "query", "edge")}
    log = Log(buses["command"])
    log.wire(buses["query"])
    stage = Stage(folder, buses["scheduler"], buses["query"], log, Edge(buses["edge"]))
    for stream_type in ("service", "replica"):
        stage.bus.listen(events_of(stream_type), stage.hear_event)
    stage.bus.listen(ack_subject("*"), stage.hear_ack)
    for bus in buses.values():
        await bus.start()
    edge = asyncio.create_task(stage.edge.run())
    try:
        yield stage
    finally:
        edge.cancel()
        await asyncio.gather(edge, return_exceptions=True)
        for bus in buses.values():
            await bus.stop()


async def eventually(is_so: Callable[[], object], seconds: float = 8.0) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not is_so():
        assert asyncio.get_running_loop().time() < deadline, "it never came"
        await asyncio.sleep(0.02)

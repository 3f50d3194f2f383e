"""A real bus, and everything around a leader played small: log, view, prober, edge, engine.

The engine is in memory and outlives leaders, as the real one does. Nothing of the scheduler itself
is played: its control, queue, routes, acks, lines and pushes are the real ones.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import nats.errors
import nats.js.errors

from services.scheduler.act import Hands
from services.scheduler.control import Control
from services.scheduler.model import Limits
from services.scheduler.nodes.node import Node
from services.scheduler.record import Recorder
from services.scheduler.repositories.fetch import Repositories
from services.scheduler.ship import Shipper
from services.scheduler.sightings import Sightings
from services.scheduler.sources import Sources
from services.scheduler.speak import Speaker
from services.scheduler.tables import Tables
from services.scheduler.watch import Watch
from shared.bus.broker import Bus
from shared.bus.routes import RouteAck, RouteTable, decode_ack, decode_table, encode
from shared.bus.subjects import (
    ROUTES_BUCKET,
    ack_subject,
    events_of,
)
from shared.envelope.event import from_cloud_event
from shared.eventstore.leader import Term
from shared.runtime.clock import SystemClock
from shared.runtime.ending import end
from shared.runtime.ids import IdSource
from tests.scheduler.engine import Engine
from tests.scheduler.making import SERVICE
from tests.scheduler.played import Log
from tests.support.nats import NatsServer


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
                revision=speaker.revision,
            ),
            recorder=Recorder(speaker=speaker, runtime=self.engine, shipper=shipper),
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
            machine=Node(name="here", millicores=1000, memory_bytes=2**30, overcommits=True),
            suffix="localhost",
        )
        control.watch = Watch(
            repositories=repositories,
            speaker=speaker,
            ids=ids,
            services=control.live_services,
            told=control.rollout_asked,
            deployed=speaker.deployed,
            every_seconds=0.2,
        )
        return control

    async def hear_event(self, _subject: str, body: bytes) -> None:
        if self.control is not None:
            self.control.hear_event(from_cloud_event(body))

    async def hear_node(self, _subject: str, body: bytes) -> None:
        if self.control is not None:
            self.control.nodes.hear_event(from_cloud_event(body))

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
    for stream_type in ("service", "replica", "scaling"):
        stage.bus.listen(events_of(stream_type), stage.hear_event)
    stage.bus.listen(events_of("node"), stage.hear_node)
    stage.bus.listen(ack_subject("*"), stage.hear_ack)
    for bus in buses.values():
        await bus.start()
    edge = asyncio.create_task(stage.edge.run())
    try:
        yield stage
    finally:
        await end((edge,))
        for bus in buses.values():
            await bus.stop()


async def eventually(is_so: Callable[[], object], seconds: float = 8.0) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not is_so():
        assert asyncio.get_running_loop().time() < deadline, "it never came"
        await asyncio.sleep(0.02)

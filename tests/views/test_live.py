"""The runner between a real bus and a real log: live, with holes, without a bus, restarted."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

import psycopg
import pytest
from nats.js.api import StreamConfig
from psycopg.conninfo import conninfo_to_dict

from services.query.app import main
from services.query.live import LiveEvents
from services.query.measures import Measures
from services.query.registry import PROJECTED
from services.query.run_projection import Runner
from services.query.source import Source
from shared.bus.ask import ask
from shared.bus.broker import Bus, Unanswered
from shared.bus.subjects import EVENT_STREAM, event_subject, health_subject
from shared.envelope.event import EventEnvelope, to_cloud_event
from shared.envelope.messages import Answered, Rejected
from shared.eventstore import Recorded
from shared.eventstore.relayed import envelope_of
from shared.kernel.actor import process_actor
from shared.queries.services import GetService, GetWanted, ListWantedIds
from shared.runtime.metrics import new_registry
from shared.runtime.secret import Secret
from shared.runtime.shutdown import Shutdown
from tests.support.nats import NatsServer
from tests.support.postgres import Database
from tests.views.world import World

SECONDS = 3.0


class CountedSource(Source):
    """Tells what came live from what was read in the log."""

    from_the_log = 0

    async def from_log(self, after: int, limit: int = 500) -> list[EventEnvelope]:
        events = await super().from_log(after, limit)
        self.from_the_log += len(events)
        return events


@dataclass(slots=True, kw_only=True)
class Relaying:
    """Publishes what is appended, as the command process does, or leaves it out."""

    world: World
    bus: Bus
    published: int = 0

    async def relay(self, *, leave_out: tuple[int, ...] = ()) -> None:
        js = self.bus.client.jetstream(timeout=2)
        for recorded in await self.world.store.read_log(self.published, 1000):
            if recorded.position not in leave_out:
                await js.publish(_subject(recorded), to_cloud_event(envelope_of(recorded)))
            self.published = recorded.position


def _subject(recorded: Recorded) -> str:
    return event_subject(
        recorded.account_id,
        recorded.stream_type,
        recorded.stream.partition("-")[2],
        recorded.type.partition(".")[2],
    )


@pytest.fixture
async def relaying(world: World, nats_bus: NatsServer) -> AsyncIterator[Relaying]:
    bus = Bus(nats_bus.settings(), "command")
    await bus.start()
    js = bus.client.jetstream(timeout=2)
    await js.add_stream(StreamConfig(name=EVENT_STREAM, subjects=["events.>"]))
    yield Relaying(world=world, bus=bus)
    if bus.is_connected:
        await bus.stop()


@asynccontextmanager
async def running(world: World, nats_bus: NatsServer) -> AsyncIterator[CountedSource]:
    """A projecting process, level with the log."""
    bus = Bus(nats_bus.settings(), "query")
    await bus.start()
    live = LiveEvents(bus)
    source = CountedSource(live, world.reading, world.progress)
    world.progress.on_wait = live.stir
    runner = Runner(
        dsn=world.database.query,
        views=PROJECTED,
        source=source,
        vault=world.reader,
        access=world.access,
        progress=world.progress,
        measures=Measures(new_registry("query")),
    )
    shutdown = Shutdown()
    task = asyncio.create_task(runner.run(shutdown))
    try:
        await passed(world, await world.store.head())
        while not live.is_open:
            await asyncio.sleep(0.01)
        source.from_the_log = 0
        yield source
    finally:
        shutdown.ask()
        live.stir()
        await asyncio.wait_for(task, 5)
        if bus.is_connected:
            await live.close()
            await bus.stop()


async def passed(world: World, position: int) -> None:
    async with asyncio.timeout(SECONDS):
        while world.progress.of(("services", "identity", "history")) < position:
            await asyncio.sleep(0.01)


async def test_events_come_live_and_in_order(
    world: World, relaying: Relaying, nats_bus: NatsServer
) -> None:
    ada = await world.person("ada")
    await relaying.relay()
    async with running(world, nats_bus) as source:
        for n in range(5):
            await world.service(ada.home, f"api-{n}")
            await relaying.relay()
            await passed(world, relaying.published)
        assert (source.from_the_log, source.repairs) == (0, 0)
    document = await world.shown(GetService(project="ada", name="api-4"), ada)
    assert document.status == "deploying"


async def test_a_hole_in_the_positions_is_filled_from_the_log(
    world: World, relaying: Relaying, nats_bus: NatsServer
) -> None:
    ada = await world.person("ada")
    await relaying.relay()
    async with running(world, nats_bus) as source:
        await world.service(ada.home, "lost")
        lost = await world.store.head()
        await world.service(ada.home, "api")
        await relaying.relay(leave_out=(lost - 1, lost))
        await passed(world, lost + 2)
        assert source.repairs == 1
        await world.service(ada.home, "next")
        await relaying.relay()
        await passed(world, lost + 4)
        assert source.repairs == 1
    for name in ("lost", "api", "next"):
        assert (await world.shown(GetService(project="ada", name=name), ada)).name == name


async def test_whoever_waits_does_not_wait_for_the_relay(
    world: World, relaying: Relaying, nats_bus: NatsServer
) -> None:
    ada = await world.person("ada")
    async with running(world, nats_bus):
        await world.service(ada.home, "api")  # Nobody publishes it.
        answer = await world.ask(
            GetService(project="ada", name="api"), ada, after=await world.store.head()
        )
        assert isinstance(answer, Answered)
        assert (answer.stale, answer.position) == (False, await world.store.head())


async def test_without_a_bus_the_log_is_read_and_afterwards_events_are_live_again(
    world: World, relaying: Relaying, nats_bus: NatsServer
) -> None:
    ada = await world.person("ada")
    await relaying.relay()
    async with running(world, nats_bus) as source:
        await nats_bus.stop()
        await world.service(ada.home, "api")
        await passed(world, await world.store.head())
        await nats_bus.start()
        async with asyncio.timeout(15):
            while not relaying.bus.is_connected:
                await asyncio.sleep(0.05)
            while not source._live.is_open:
                await asyncio.sleep(0.05)
        await relaying.relay()
        source.from_the_log = 0
        await world.service(ada.home, "later")
        await relaying.relay()
        await passed(world, await world.store.head())
        assert source.from_the_log == 0


async def test_a_restart_goes_on_at_the_checkpoint_and_repeats_nothing(
    world: World, relaying: Relaying, nats_bus: NatsServer
) -> None:
    ada = await world.person("ada")
    await relaying.relay()
    async with running(world, nats_bus):
        await world.service(ada.home, "api")
        await relaying.relay()
        await passed(world, relaying.published)
    before = await world.reading.reader.rows("select t::text from view.service t order by 1")
    world.progress.move({})
    async with running(world, nats_bus) as source:
        await world.service(ada.home, "next")
        await relaying.relay()
        await passed(world, relaying.published)
        assert source.repairs == 0
    after = await world.reading.reader.rows("select t::text from view.service t order by 1")
    assert set(before) < set(after)
    assert len(after) == len(before) + 2


async def test_a_lost_connection_to_the_database_loses_and_repeats_nothing(
    world: World, relaying: Relaying, nats_bus: NatsServer
) -> None:
    ada = await world.person("ada")
    await relaying.relay()
    async with running(world, nats_bus):
        for n in range(3):
            await world.reading.reader.rows(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'query-projection' and datname = current_database()"
            )
            await world.service(ada.home, f"api-{n}")
            await relaying.relay()
            await passed(world, relaying.published)
    rows = await world.reading.reader.rows("select count(*) from view.service")
    assert rows == [(6,)]


async def test_two_processes_share_the_work_one_projects_and_one_follows(
    world: World, relaying: Relaying, nats_bus: NatsServer, database: Database
) -> None:
    from tests.views.world import world_over

    ada = await world.person("ada")
    await relaying.relay()
    async with (
        running(world, nats_bus),
        world_over(database) as other,
        asyncio.timeout(10),
    ):
        shutdown = Shutdown()
        follower = Runner(
            dsn=database.query,
            views=PROJECTED,
            source=CountedSource(LiveEvents(relaying.bus), other.reading, other.progress),
            vault=other.reader,
            access=other.access,
            progress=other.progress,
            measures=Measures(new_registry("query")),
        )
        task = asyncio.create_task(follower.run(shutdown))
        await world.service(ada.home, "api")
        await relaying.relay()
        answer = await other.ask(
            GetService(project="ada", name="api"), ada, after=relaying.published
        )
        while isinstance(answer, Rejected) or answer.stale:  # type: ignore[union-attr]  # never Broken
            answer = await other.ask(
                GetService(project="ada", name="api"), ada, after=relaying.published
            )
        shutdown.ask()
        await task
        assert isinstance(answer, Answered)
        assert answer.document.name == "api"


def postgres_url(dsn: str) -> str:
    parts = conninfo_to_dict(dsn)
    host = quote(str(parts["host"]), safe="")
    return f"postgresql:///{parts['dbname']}?host={host}&port={parts.get('port', 5432)}"


async def test_the_process_answers_over_the_bus_and_says_that_it_is_ready(
    world: World, relaying: Relaying, nats_bus: NatsServer
) -> None:
    ada = await world.person("ada")
    service, _ = await world.service(ada.home, "api")
    await relaying.relay()
    settings = nats_bus.settings(postgres_dsn=Secret(postgres_url(world.database.admin)))
    shutdown = Shutdown()
    process = asyncio.create_task(main(settings, shutdown))
    gateway, scheduler = Bus(settings, "gateway"), Bus(settings, "scheduler")
    await gateway.start()
    await scheduler.start()
    try:
        health = await _ready(gateway)
        assert (health["ready"], health["why"]) == (True, "")
        answer = await ask(
            gateway, GetService(project="ada", name="api"), asker=ada.actor, seconds=2
        )
        assert isinstance(answer, Answered)
        assert answer.document.id == service
        actor = process_actor("scheduler")
        wanted = await ask(scheduler, GetWanted(service_id=service), asker=actor, seconds=2)
        assert isinstance(wanted, Answered)
        assert wanted.document.project_id == ada.home
        refused = await ask(gateway, ListWantedIds(), asker=actor, seconds=2)
        assert isinstance(refused, Rejected)
    finally:
        shutdown.ask()
        await asyncio.wait_for(process, 15)
        await gateway.stop()
        await scheduler.stop()


async def test_a_process_whose_batches_all_fail_says_that_it_is_not_ready(
    world: World, relaying: Relaying, nats_bus: NatsServer
) -> None:
    ada = await world.person("ada")
    await relaying.relay()
    settings = nats_bus.settings(postgres_dsn=Secret(postgres_url(world.database.admin)))
    shutdown, gateway = Shutdown(), Bus(settings, "gateway")
    process = asyncio.create_task(main(settings, shutdown))
    await gateway.start()
    role = "chronoplane_query"
    try:
        await _ready(gateway)
        with psycopg.connect(world.database.admin, autocommit=True) as admin:
            admin.execute(f"revoke update on view.checkpoint from {role}")
            await world.service(ada.home, "api")
            await relaying.relay()
            health = await _ready(gateway, ready=False)
            assert "InsufficientPrivilege" in str(health["why"])
            admin.execute(f"grant update on view.checkpoint to {role}")
        await _ready(gateway)
        answer = await ask(
            gateway, GetService(project="ada", name="api"), asker=ada.actor, seconds=2
        )
        assert isinstance(answer, Answered)
    finally:
        shutdown.ask()
        await asyncio.wait_for(process, 15)
        await gateway.stop()


async def _ready(gateway: Bus, *, ready: bool = True) -> dict[str, object]:
    async with asyncio.timeout(10):
        while True:
            try:
                reply = json.loads(await gateway.request(health_subject("query"), b"", seconds=2))
            except Unanswered:
                await asyncio.sleep(0.05)
                continue
            if reply["ready"] is ready:
                return dict(reply)
            await asyncio.sleep(0.05)

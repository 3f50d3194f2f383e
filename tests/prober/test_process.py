"""The prober on a real bus, as its own user: from an event to a probe to a command, and back-offs.

Command and query are answered for by the test, as those users, over the same subjects."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from deploy.keys import make_keys, write_private
from deploy.local.child import Child, Plan
from deploy.local.ports import free_port
from deploy.local.programs import nats_server
from deploy.nats.config import Listener, render
from deploy.nats.users import users_of
from services.prober.app import Prober
from services.prober.plan import Pace
from shared.bus.subjects import PROCESSES, event_subject, inbox_prefix
from shared.domain.replica.commands import ReportReplicaHealth
from shared.domain.replica.events import ReplicaStarted
from shared.envelope.codec import encode
from shared.envelope.event import EventEnvelope, to_cloud_event
from shared.envelope.messages import (
    Accepted,
    Answered,
    CommandEnvelope,
    decode_command,
    decode_question,
    encode_reply,
)
from shared.queries.services import ListProbeTargets, ProbeTarget, ProbeTargetList
from shared.queries.watches import ListWatchTargets, WatchTarget, WatchTargetList
from shared.runtime.keys import Keys
from shared.runtime.settings import Settings, load
from shared.runtime.shutdown import Shutdown
from tests.prober.office import document, id_of, until

ACCOUNT = "a" * 24


class Stage:
    """A NATS server, a prober on it, and what the other processes would say."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.items: list[ProbeTarget] = []
        self.urls: list[WatchTarget] = []
        self.position = 1
        self.commands: list[tuple[float, CommandEnvelope]] = []
        self.clients: list[Client] = []

    async def connect(self, process: str) -> Client:
        assert self.settings.nats_url is not None
        client = await nats.connect(
            self.settings.nats_url,
            user=process,
            password=self.settings.keys.nats_password(process).reveal(),
            inbox_prefix=inbox_prefix(process).encode(),
        )
        self.clients.append(client)
        return client

    async def answer_questions(self) -> None:
        async def answer(message: Msg) -> None:
            question = decode_question(message.data).question
            match question:
                case ListProbeTargets():
                    found: object = ProbeTargetList(items=tuple(self.items))
                case ListWatchTargets():
                    found = WatchTargetList(items=tuple(self.urls))
                case _:
                    raise AssertionError(question)
            await message.respond(encode_reply(Answered(document=found, position=self.position)))

        client = await self.connect("query")
        await client.subscribe("questions.prober.*", queue="query", cb=answer)
        await client.flush()

    async def answer_commands(self) -> None:
        async def answer(message: Msg) -> None:
            envelope = decode_command(message.data)
            self.commands.append((time.monotonic(), envelope))
            await message.respond(encode_reply(Accepted(position=self.position)))

        client = await self.connect("command")
        await client.subscribe("commands.prober.*", queue="command", cb=answer)
        await client.flush()

    async def health(self) -> dict[str, object]:
        """As the gateway hears it, once the prober is on the bus."""
        gateway = await self.connect("gateway")
        async with asyncio.timeout(5):
            while True:
                try:
                    reply = await gateway.request("health.prober", b"", timeout=2)
                    return dict(json.loads(reply.data))
                except nats.errors.NoRespondersError:
                    await asyncio.sleep(0.02)

    async def ready(self) -> dict[str, object]:
        async with asyncio.timeout(5):
            while (document := await self.health())["ready"] is not True:
                await asyncio.sleep(0.02)
        return document

    def reports(self) -> list[ReportReplicaHealth]:
        return [envelope.command for _, envelope in self.commands]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    keys = Keys(tmp_path / "keys")
    make_keys(keys, nats_users=PROCESSES, admin_token=None, webhook_secret=None)
    port = free_port()
    config = tmp_path / "nats.conf"
    listener = Listener(host="127.0.0.1", port=port, store_dir=tmp_path / "jetstream")
    write_private(config, render(listener, users_of(keys)), mode=0o600)
    server = Child(
        Plan(
            name="nats",
            argv=(str(nats_server(load())), "-c", str(config)),
            environment={},
            folder=tmp_path,
            log_file=tmp_path / "nats.log",
        )
    )
    server.start()
    (tmp_path / "run").mkdir()
    settings = load(
        data_dir=tmp_path, run_dir=tmp_path / "run", nats_url=f"nats://127.0.0.1:{port}"
    )
    shutdown = Shutdown()
    prober = asyncio.create_task(Prober(settings, Pace()).serve(shutdown))
    await _until_open(port)
    stage = Stage(settings)
    yield stage
    shutdown.ask()
    await asyncio.wait_for(prober, 10)
    for client in stage.clients:
        await client.close()
    await server.stop()


async def _until_open(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                return


async def _app(port: int = 0) -> asyncio.Server:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    return await asyncio.start_server(talk, "127.0.0.1", port)


def started(number: int, address: str, position: int) -> tuple[str, bytes]:
    data = ReplicaStarted(
        replica_id=id_of(number),
        service_id="5" * 24,
        project_id="6" * 24,
        deployment_id="7" * 24,
        ordinal=0,
        generation=1,
        runtime="process",
        isolated=True,
        address=address,
    )
    envelope = EventEnvelope(
        position=position,
        at=datetime.now(UTC),
        account_id=ACCOUNT,
        stream=f"replica-{id_of(number)}",
        version=1,
        event_id="e",
        type="replica.started",
        schema_version=1,
        command_id="c",
        correlation_id="c",
        causation_id=None,
        actor="process:scheduler",
        credential_id=None,
        surface="control",
        reason=None,
        data=encode(data).decode(),
    )
    return event_subject(ACCOUNT, "replica", id_of(number), "started"), to_cloud_event(envelope)


async def test_an_app_that_begins_to_listen_is_soon_told_ready(stage: Stage) -> None:
    await stage.answer_questions()
    await stage.answer_commands()
    await stage.ready()
    port = free_port()
    address = f"127.0.0.1:{port}"
    stage.items = [document(1, address=address)]
    relay = await stage.connect("command")
    await relay.publish(*started(1, address, position=2))
    await asyncio.sleep(0.6)  # As long as a small program takes to get up.
    assert stage.commands == []
    listening_at = time.monotonic()
    app = await _app(port)
    await until(lambda: stage.commands)
    told_at, envelope = stage.commands[0]
    # 0.2 s is the aim; the machine of a test may be busy with others.
    assert told_at - listening_at < 0.6
    assert (envelope.actor.text, envelope.command.replica_id) == ("process:prober", id_of(1))
    assert envelope.command.ready is True
    assert envelope.command.duration_ms >= 500
    app.close()


async def test_it_says_itself_what_it_still_waits_for(stage: Stage) -> None:
    said = await stage.health()
    assert said["ready"] is False
    assert said["why"] == "targets: the targets have not been read lately"
    await stage.answer_questions()
    assert (await stage.ready())["why"] == ""


async def test_what_it_found_while_command_was_away_is_told_when_it_is_back(
    stage: Stage,
) -> None:
    app = await _app()
    address = f"127.0.0.1:{app.sockets[0].getsockname()[1]}"
    stage.items = [document(1, address=address), document(2, address=address, is_ready=True)]
    await stage.answer_questions()
    await asyncio.sleep(0.5)
    await stage.answer_commands()
    await until(lambda: stage.commands, seconds=5)
    assert [(report.replica_id, report.ready) for report in stage.reports()] == [(id_of(1), True)]
    app.close()


async def test_a_replica_that_dies_is_told_with_the_reason(stage: Stage) -> None:
    app = await _app()
    address = f"127.0.0.1:{app.sockets[0].getsockname()[1]}"
    stage.items = [document(1, address=address)]
    await stage.answer_questions()
    await stage.answer_commands()
    await until(lambda: stage.commands, seconds=5)
    stage.items = [replace(stage.items[0], is_ready=True)]
    app.close()
    await app.wait_closed()
    await until(lambda: len(stage.commands) > 1, seconds=8)
    fallen = stage.reports()[-1]
    assert (fallen.ready, fallen.reason) == (False, "connection refused")


async def test_two_probers_share_and_the_one_that_is_left_takes_all(stage: Stage) -> None:
    app = await _app()
    address = f"127.0.0.1:{app.sockets[0].getsockname()[1]}"
    stage.items = [document(number, address=address, is_ready=True) for number in range(1, 41)]
    await stage.answer_questions()
    await stage.answer_commands()
    await stage.ready()
    shutdown = Shutdown()
    settings = stage.settings.model_copy(update={"instance": 2})
    second = asyncio.create_task(Prober(settings, Pace()).serve(shutdown))
    assert await _shares(settings, 2) == 40
    shutdown.ask()
    await asyncio.wait_for(second, 10)
    # It said that it leaves, so nobody waits for its lease.
    assert await _shares(settings, 1) == 40
    app.close()


async def test_a_fall_is_told_once_and_only_after_the_other_prober_agreed(stage: Stage) -> None:
    app = await _app()
    address = f"127.0.0.1:{app.sockets[0].getsockname()[1]}"
    stage.items = [document(1, address=address, is_ready=True)]
    await stage.answer_questions()
    await stage.answer_commands()
    await stage.ready()
    shutdown = Shutdown()
    settings = stage.settings.model_copy(update={"instance": 2})
    second = asyncio.create_task(Prober(settings, Pace()).serve(shutdown))
    await _shares(settings, 2)
    asked: list[str] = []
    observer = await stage.connect("prober")

    async def note(message: Msg) -> None:
        asked.append(json.loads(message.data)["key"])

    await observer.subscribe("opinions.*", cb=note)
    await observer.flush()
    app.close()
    await app.wait_closed()
    await until(lambda: stage.commands, seconds=10)
    await asyncio.sleep(1.0)
    assert asked == [id_of(1)]
    assert [(report.ready, report.reason) for report in stage.reports()] == [
        (False, "connection refused")
    ]
    shutdown.ask()
    await asyncio.wait_for(second, 10)


async def _shares(settings: Settings, probers: int) -> int:
    """What the probers look at together, once each knows of this many."""
    sockets = [settings.run_dir / "health-prober.sock", settings.run_dir / "health-prober-2.sock"]
    async with asyncio.timeout(10):
        while True:
            facts = [await _facts(path) for path in sockets[:probers]]
            if all(fact.get("probers") == str(probers) for fact in facts):
                return sum(int(fact["replicas"]) for fact in facts)
            await asyncio.sleep(0.05)


async def _facts(path: Path) -> dict[str, str]:
    try:
        reader, writer = await asyncio.open_unix_connection(path)
    except OSError:
        return {}
    writer.write(b"GET /ready HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return dict(json.loads(answer.partition(b"\r\n\r\n")[2])["facts"])

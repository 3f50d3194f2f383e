"""What a NATS user may say and hear, shown on the real server with the real configuration (A8)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeout

from deploy.keys import make_keys, write_private
from deploy.local.child import Child, Plan
from deploy.local.ports import free_port
from deploy.local.programs import nats_server
from deploy.nats.config import Listener, render
from deploy.nats.users import callout_of, users_of
from shared.bus.subjects import EVENT_STREAM, PROCESSES, inbox_prefix
from shared.runtime.keys import Keys
from shared.runtime.settings import load


class Server:
    def __init__(self, url: str, keys: Keys) -> None:
        self.url = url
        self.keys = keys

    async def connect(self, process: str, violations: list[str]) -> Client:
        async def note(error: Exception) -> None:
            violations.append(str(error).lower())

        return await nats.connect(
            self.url,
            user=process,
            password=self.keys.nats_password(process).reveal(),
            inbox_prefix=inbox_prefix(process).encode(),
            error_cb=note,
            allow_reconnect=False,
        )


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    keys = Keys(tmp_path / "keys")
    make_keys(keys, nats_users=PROCESSES, admin_token=None, webhook_secret=None)
    port = free_port()
    config = tmp_path / "nats.conf"
    listener = Listener(host="127.0.0.1", port=port, store_dir=tmp_path / "jetstream")
    write_private(config, render(listener, users_of(keys), callout_of(keys)), mode=0o600)
    child = Child(
        Plan(
            name="nats",
            argv=(str(nats_server(load())), "-c", str(config)),
            environment={},
            folder=tmp_path,
            log_file=tmp_path / "nats.log",
        )
    )
    child.start()
    await _until_open(port)
    yield Server(f"nats://127.0.0.1:{port}", keys)
    await child.stop()


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


async def settled(client: Client) -> None:
    """The server has seen everything we sent, and we its complaints."""
    await client.flush(timeout=5)
    await asyncio.sleep(0.02)


FOREIGN = [
    ("prober", "commands.gateway.service"),
    ("edge", "commands.edge.service"),
    ("edge", "commands.gateway.service"),
    ("scheduler", "commands.gateway.service"),
    ("query", "events.a.service.b.ServiceRegistered"),
    ("gateway", "events.a.service.b.ServiceRegistered"),
    ("gateway", "_INBOX_query.forged"),
    ("prober", f"$JS.API.STREAM.PURGE.{EVENT_STREAM}"),
    ("query", f"$JS.API.STREAM.DELETE.{EVENT_STREAM}"),
    ("scheduler", f"$JS.API.STREAM.MSG.GET.{EVENT_STREAM}"),
    ("edge", "$KV.routes.x"),
    ("edge", "$JS.API.STREAM.CREATE.ANY"),
]


@pytest.mark.parametrize(("process", "subject"), FOREIGN)
async def test_a_process_cannot_speak_as_another(
    server: Server, process: str, subject: str
) -> None:
    violations: list[str] = []
    client = await server.connect(process, violations)
    await client.publish(subject, b"forged")
    await settled(client)
    await client.close()
    assert len(violations) == 1
    assert "permissions violation for publish" in violations[0]


@pytest.mark.parametrize("process", PROCESSES)
async def test_a_process_cannot_listen_to_everything_or_to_foreign_replies(
    server: Server, process: str
) -> None:
    violations: list[str] = []
    client = await server.connect(process, violations)
    subjects = [">", "_INBOX.>", "commands.>", "$JS.>", "$SYS.>"]
    subjects += [f"{inbox_prefix(other)}.>" for other in PROCESSES if other != process]
    for subject in subjects:
        await client.subscribe(subject)
    await settled(client)
    await client.close()
    assert len(violations) == len(subjects)
    assert all("permissions violation for subscription" in said for said in violations)


async def test_a_request_reaches_its_listener_and_the_answer_its_asker(server: Server) -> None:
    violations: list[str] = []
    command = await server.connect("command", violations)
    gateway = await server.connect("gateway", violations)
    heard: list[str] = []

    async def answer(message: Msg) -> None:
        heard.append(message.subject)
        await message.respond(b"done")

    await command.subscribe("commands.gateway.*", queue="command", cb=answer)
    await settled(command)
    reply = await gateway.request("commands.gateway.service", b"do", timeout=5)
    assert (reply.data, heard, violations) == (b"done", ["commands.gateway.service"], [])
    await command.close()
    await gateway.close()


async def test_the_log_flows_from_command_to_query(server: Server) -> None:
    violations: list[str] = []
    command = await server.connect("command", violations)
    await command.jetstream().add_stream(name=EVENT_STREAM, subjects=["events.>"])
    await command.jetstream().publish("events.a.service.b.ServiceRegistered", b"{}")
    query = await server.connect("query", violations)
    subscription = await query.jetstream().subscribe(
        "events.>", stream=EVENT_STREAM, ordered_consumer=True
    )
    message = await subscription.next_msg(timeout=5)
    assert (message.metadata.sequence.stream, message.data) == (1, b"{}")
    await query.close()
    await command.close()
    assert violations == []


async def test_routes_flow_from_scheduler_to_edge(server: Server) -> None:
    violations: list[str] = []
    scheduler = await server.connect("scheduler", violations)
    bucket = await scheduler.jetstream().create_key_value(bucket="routes")
    await bucket.put("s1", b"table")
    edge = await server.connect("edge", violations)
    watcher = await (await edge.jetstream().key_value("routes")).watchall()
    entry = await watcher.updates(timeout=5)  # type: ignore[no-untyped-call]  # nats-py 2.16
    assert entry is not None
    assert (entry.key, entry.value) == ("s1", b"table")
    await edge.close()
    await scheduler.close()
    assert violations == []


async def test_a_wrong_password_is_refused(server: Server) -> None:
    with pytest.raises(nats.errors.Error):
        await nats.connect(server.url, user="gateway", password="wrong", allow_reconnect=False)


async def test_nobody_listening_is_told_at_once(server: Server) -> None:
    client = await server.connect("gateway", [])
    with pytest.raises((NoRespondersError, NatsTimeout)):
        await client.request("questions.gateway.services", b"", timeout=1)
    await client.close()

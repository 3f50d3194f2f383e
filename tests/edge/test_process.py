"""The process on a real NATS (with the users and rights of the stack) and a real HAProxy."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client as Nats
from nats.aio.msg import Msg
from nats.js.kv import KeyValue

from deploy.local.programs import nats_server
from deploy.nats.config import Listener, render
from deploy.nats.users import users_of
from shared.bus.routes import (
    Backend,
    Frame,
    RouteAck,
    RouteTable,
    decode_ack,
    decode_frames,
    encode,
)
from shared.bus.subjects import PROCESSES, ROUTES_BUCKET, inbox_prefix
from shared.kernel import json
from shared.runtime.settings import Settings, load
from tests.edge.harness import HOST, HaproxyProcess, Replica, accepts, eventually, free_port, table

ROOT = Path(__file__).resolve().parents[2]


class World:
    """Everything around the edge process, and what others of our processes would see of it."""

    def __init__(self, folder: Path, haproxy: HaproxyProcess) -> None:
        self.haproxy = haproxy
        self.nats_port = free_port()
        self.folder = folder
        self.acks: list[RouteAck] = []
        self.frames: list[Frame] = []
        self._nats: asyncio.subprocess.Process | None = None
        self._edge: asyncio.subprocess.Process | None = None
        self._clients: list[Nats] = []
        keys = folder / "keys"
        (keys / "nats").mkdir(parents=True)
        for process in PROCESSES:
            (keys / "nats" / process).write_text(f"secret-of-{process}")
        self.settings: Settings = load(
            data_dir=folder,
            run_dir=folder,
            keys_dir=keys,
            edge_port=haproxy.port,
            nats_url=f"nats://127.0.0.1:{self.nats_port}",
        )

    async def start_nats(self) -> None:
        listener = Listener(host="127.0.0.1", port=self.nats_port, store_dir=self.folder / "js")
        config = self.folder / "nats.conf"
        config.write_text(render(listener, users_of(self.settings.keys)))
        program = str(nats_server(self.settings))
        self._nats = await asyncio.create_subprocess_exec(
            program, "-c", str(config), stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        await eventually(lambda: accepts(self.nats_port))

    async def kill_nats(self) -> None:
        await _kill(self._nats)

    async def start_edge(self) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "CHRONOPLANE_DATA_DIR": str(self.folder),
            "CHRONOPLANE_RUN_DIR": str(self.folder),
            "CHRONOPLANE_KEYS_DIR": str(self.folder / "keys"),
            "CHRONOPLANE_EDGE_PORT": str(self.haproxy.port),
            "CHRONOPLANE_NATS_URL": str(self.settings.nats_url),
        }
        with (self.folder / "edge.log").open("ab") as log:
            self._edge = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "services.edge", cwd=ROOT, env=environment, stdout=log,
                stderr=log,
            )  # fmt: skip

    async def kill_edge(self) -> None:
        await _kill(self._edge)

    async def stop_edge(self) -> int:
        assert self._edge is not None
        self._edge.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self._edge.wait(), 10)

    async def client(self, process: str) -> Nats:
        client = await nats.connect(
            f"nats://127.0.0.1:{self.nats_port}",
            user=process,
            password=f"secret-of-{process}",
            inbox_prefix=inbox_prefix(process),
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.1,
        )
        self._clients.append(client)
        return client

    async def bucket(self) -> KeyValue:
        """As the scheduler makes it."""
        scheduler = await self.client("scheduler")
        await scheduler.subscribe("acks.*", cb=self._take_ack)
        query = await self.client("query")
        await query.subscribe("frames.*", cb=self._take_frames)
        return await scheduler.jetstream().create_key_value(bucket=ROUTES_BUCKET, history=1)

    async def _take_ack(self, message: Msg) -> None:
        self.acks.append(decode_ack(message.data))

    async def _take_frames(self, message: Msg) -> None:
        self.frames += decode_frames(message.data)

    async def readiness(self) -> dict[str, object]:
        reader, writer = await asyncio.open_unix_connection(self.settings.health_socket("edge"))
        writer.write(b"GET /ready HTTP/1.1\r\n\r\n")
        answer = await reader.read()
        writer.close()
        return dict(json.loads(answer.partition(b"\r\n\r\n")[2]))

    async def close(self) -> None:
        for client in self._clients:
            with contextlib.suppress(TimeoutError, nats.errors.Error):
                await asyncio.wait_for(client.close(), 2)
        await self.kill_edge()
        await self.kill_nats()


async def _kill(process: asyncio.subprocess.Process | None) -> None:
    if process is not None and process.returncode is None:
        process.kill()
        await process.wait()


@pytest.fixture
async def world(folder: Path, haproxy: HaproxyProcess) -> AsyncIterator[World]:
    made = World(folder, haproxy)
    await made.start_nats()
    yield made
    await made.close()


async def _put(bucket: KeyValue, wanted: RouteTable) -> None:
    await bucket.put(wanted.service_id, encode(wanted))


def _acked(world: World, generation: int) -> bool:
    return any(ack.generation == generation and ack.error is None for ack in world.acks)


async def test_tables_of_before_and_after_its_start_are_routed_and_acked(
    world: World, replica: Replica, second: Replica
) -> None:
    bucket = await world.bucket()
    await _put(bucket, table(replica.backend()))
    await world.start_edge()
    await eventually(lambda: _acked(world, 1), seconds=15)
    assert (await world.haproxy.get()).body == b"r1"
    document = await world.readiness()
    assert document["ready"] is True, document
    await _put(bucket, table(second.backend(), generation=2))
    await eventually(lambda: _acked(world, 2))
    assert (await world.haproxy.get()).body == b"r2"
    await bucket.delete("s1")
    async with asyncio.timeout(5):
        while (await world.haproxy.get()).status != 404:
            await asyncio.sleep(0.05)


async def test_traffic_arrives_as_frames(world: World, replica: Replica) -> None:
    bucket = await world.bucket()
    await _put(bucket, table(replica.backend()))
    await world.start_edge()
    await eventually(lambda: _acked(world, 1), seconds=15)
    for _ in range(40):
        await world.haproxy.get()
    await eventually(lambda: sum(frame.n for frame in world.frames) >= 40, seconds=6)
    assert await world.stop_edge() == 0
    assert sum(frame.n for frame in world.frames) == 40
    assert {frame.service_id for frame in world.frames} == {"s1"}


async def test_without_the_bus_the_last_tables_serve_on_and_later_ones_are_caught_up(
    world: World, replica: Replica, second: Replica
) -> None:
    bucket = await world.bucket()
    await _put(bucket, table(replica.backend()))
    await world.start_edge()
    await eventually(lambda: _acked(world, 1), seconds=15)
    await world.kill_nats()
    assert (await world.haproxy.get()).body == b"r1"
    await world.haproxy.kill()
    await world.haproxy.start()  # Both gone at once: the edge puts back what it remembers.
    async with asyncio.timeout(5):
        while (await world.haproxy.get()).status != 200:
            await asyncio.sleep(0.05)
    await world.start_nats()
    await asyncio.sleep(0.5)
    await _put(bucket, table(second.backend(), generation=2))
    await eventually(lambda: _acked(world, 2), seconds=10)
    assert (await world.haproxy.get()).body == b"r2"


async def test_a_killed_edge_process_comes_back_to_what_it_had(
    world: World, replica: Replica, second: Replica
) -> None:
    bucket = await world.bucket()
    await _put(bucket, table(replica.backend()))
    await world.start_edge()
    await eventually(lambda: _acked(world, 1), seconds=15)
    await world.kill_edge()
    await _put(bucket, table(second.backend(), generation=2))
    assert (await world.haproxy.get()).body == b"r1"
    await world.start_edge()
    await eventually(lambda: _acked(world, 2), seconds=15)
    assert (await world.haproxy.get()).body == b"r2"


async def test_a_table_that_cannot_be_read_leaves_the_route_as_it_was(
    world: World, replica: Replica
) -> None:
    bucket = await world.bucket()
    await _put(bucket, table(replica.backend()))
    await world.start_edge()
    await eventually(lambda: _acked(world, 1), seconds=15)
    await bucket.put("s1", b'{"service_id": 7')
    await _put(bucket, table(replica.backend(), service_id="s2", hosts=("b.acme.localhost",)))
    await eventually(lambda: any(ack.service_id == "s2" for ack in world.acks))
    assert (await world.haproxy.get()).status == 200


async def test_the_edge_cannot_write_routes_itself(world: World) -> None:
    await world.bucket()
    edge = await world.client("edge")
    with pytest.raises((nats.errors.Error, TimeoutError)):
        await edge.jetstream(timeout=0.5).publish(f"$KV.{ROUTES_BUCKET}.s1", b"{}")


def test_a_table_survives_the_wire() -> None:
    wanted = table(Backend(replica_id="r", address="unix@/x", state="draining"), hosts=(HOST,))
    from shared.bus.routes import decode_table

    assert decode_table(encode(wanted)) == wanted

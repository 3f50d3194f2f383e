"""The sealer as the process it is, with its own bus user and database role, through a kill."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError
from psycopg.conninfo import conninfo_to_dict

from deploy.keys import make_keys, write_private
from deploy.local import plans
from deploy.local.child import Child
from deploy.local.ports import free_port
from services.sealer.witness import Witness
from shared.bus.subjects import CHECKPOINTS, PROCESSES, inbox_prefix
from shared.proof.checkpoint import Checkpoint, Verifier
from shared.runtime.keys import Keys
from shared.runtime.settings import Settings, load
from tests.proof.office import Office
from tests.support.postgres import PASSWORDS, Database

ROLE = "chronoplane_sealer"


class Stage:
    def __init__(self, settings: Settings, sealer: Child, client: Client) -> None:
        self.settings = settings
        self.sealer = sealer
        self.client = client
        self.notes: asyncio.Queue[str] = asyncio.Queue()
        public = settings.keys.checkpoint_public_file.read_text()
        self.verifier = Verifier.parse(public)

    async def checkpoint_at(self, position: int) -> Checkpoint:
        """Heard on the bus as soon as it reaches the position; or, since the bus tells at most
        once, read from the witness as whoever missed it would."""
        witness = Witness(self.settings.witness_file, self.verifier)
        async with asyncio.timeout(40):
            while True:
                try:
                    note = await asyncio.wait_for(self.notes.get(), 2)
                except TimeoutError:
                    newest = await witness.newest()
                    if newest is not None and newest.position >= position:
                        return newest
                    continue
                checkpoint = self.verifier.open(note)
                if checkpoint.position >= position:
                    return checkpoint

    async def ready(self) -> dict[str, object]:
        async with asyncio.timeout(20):
            while True:
                try:
                    reply = await self.client.request("health.sealer", b"", timeout=3)
                    document = dict(json.loads(reply.data))
                    if document["ready"] is True:
                        return document
                except NoRespondersError:
                    pass
                await asyncio.sleep(0.05)


def url_of(database: Database) -> str:
    place = conninfo_to_dict(database.admin)
    host = quote(str(place["host"]), safe="")
    return f"postgresql:///{database.name}?host={host}&port={place.get('port', 5432)}"


@pytest.fixture
async def stage(tmp_path: Path, database: Database) -> AsyncIterator[Stage]:
    keys = Keys(tmp_path / "keys")
    make_keys(keys, nats_users=PROCESSES, admin_token=None, webhook_secret=None)
    write_private(keys.postgres_file(ROLE), PASSWORDS[ROLE])
    for folder in ("run", "nats", "logs"):
        (tmp_path / folder).mkdir()
    settings = load(data_dir=tmp_path, run_dir=tmp_path / "run", audit_seconds=0.5)
    port = free_port()
    url = f"nats://127.0.0.1:{port}"
    server = Child(plans.nats_plan(settings, port))
    sealer = Child(
        plans.service_plan(settings, "sealer", nats_url=url, database_url=url_of(database))
    )
    server.start()
    sealer.start()
    client = await nats.connect(
        url,
        user="gateway",
        password=keys.nats_password("gateway").reveal(),
        inbox_prefix=inbox_prefix("gateway").encode(),
        max_reconnect_attempts=-1,
    )
    stage = Stage(settings, sealer, client)

    async def heard(message: Msg) -> None:
        stage.notes.put_nowait(message.data.decode())

    await client.subscribe(CHECKPOINTS, cb=heard)
    yield stage
    await client.close()
    await sealer.stop()
    await server.stop()


async def witnesses(witness: Witness, checkpoint: Checkpoint) -> None:
    """A disk that stalls keeps a checkpoint from its witness, not from the bus: it comes after."""
    async with asyncio.timeout(20):
        while (newest := await witness.newest()) is None or newest.position < checkpoint.position:
            await asyncio.sleep(0.05)
    assert newest == checkpoint


async def test_what_is_appended_is_sealed_told_and_witnessed_across_a_kill(
    stage: Stage, office: Office
) -> None:
    await stage.ready()
    await office.fill(streams=3, events=2)
    first = await stage.checkpoint_at(6)
    witness = Witness(stage.settings.witness_file, stage.verifier)
    await witnesses(witness, first)
    pid = stage.sealer.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await office.fill(streams=3, events=2)
    second = await stage.checkpoint_at(12)
    assert second.blocks > first.blocks
    await witnesses(witness, second)
    document = await stage.ready()
    facts = document["facts"]
    assert facts == {"sealed_to": "12", "witness": "ok"}


async def test_the_last_events_are_sealed_when_everything_stops(
    stage: Stage, office: Office
) -> None:
    await office.append("service-a")
    await stage.checkpoint_at(1)
    await office.append("service-a", events=5)
    await stage.sealer.stop()
    newest = await Witness(stage.settings.witness_file, stage.verifier).newest()
    assert newest is not None
    assert newest.position == 6

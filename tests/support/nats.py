"""A NATS server with JetStream for tests, with the users and permissions that production has."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy.keys import make_keys, make_private_folder, write_private
from deploy.local.child import Child, Plan
from deploy.local.ports import free_port
from deploy.local.programs import nats_server
from deploy.nats.config import Listener, render
from deploy.nats.users import callout_of, users_of
from shared.bus.subjects import PROCESSES
from shared.runtime.keys import Keys
from shared.runtime.settings import Settings, load
from tests.support.postgres import PASSWORDS


@dataclass(slots=True, kw_only=True)
class NatsServer:
    """`stop` and `start` keep the port and what JetStream has stored."""

    folder: Path
    keys: Keys
    port: int
    _child: Child | None = field(default=None)

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def settings(self, **given: object) -> Settings:
        """Of a process that is to use this server; the database's address still to be given."""
        return load(
            data_dir=self.folder / "data",
            run_dir=self.folder,
            keys_dir=self.keys.folder,
            nats_url=self.url,
            **given,
        )

    async def start(self) -> None:
        self._child = Child(
            Plan(
                name="nats",
                argv=(str(nats_server(load())), "-c", str(self.folder / "nats.conf")),
                environment={},
                folder=self.folder,
                log_file=self.folder / "nats.log",
            )
        )
        self._child.start()
        async with asyncio.timeout(10):
            while not await self._answers():
                await asyncio.sleep(0.01)

    async def stop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            await child.stop()

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True


@pytest.fixture
async def nats_bus(tmp_path: Path) -> AsyncIterator[NatsServer]:
    keys = Keys(tmp_path / "keys")
    for folder in (keys.folder, keys.folder / "postgres"):
        make_private_folder(folder)
    for role, password in PASSWORDS.items():
        write_private(keys.postgres_file(role), password)
    make_keys(keys, nats_users=PROCESSES, admin_token=None, webhook_secret=None)
    server = NatsServer(folder=tmp_path, keys=keys, port=free_port())
    listener = Listener(host="127.0.0.1", port=server.port, store_dir=tmp_path / "jetstream")
    text = render(listener, users_of(keys), callout_of(keys))
    write_private(tmp_path / "nats.conf", text, mode=0o600)
    await server.start()
    yield server
    await server.stop()

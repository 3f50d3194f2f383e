"""Where exports come from and go to, in tests: a log in memory, and a command process's parts over
a Postgres of its own."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.command.access import AccessFollower
from services.command.bootstrap import Names, bootstrap, furnish_all
from services.command.fact_source import FactSource
from services.command.handle import Handler
from services.command.imports.arrivals import Arrivals
from services.command.imports.order import PART_BYTES
from shared.domain.importing.commands import BeginImport
from shared.envelope.messages import Accepted, CommandEnvelope
from shared.eventstore import EventStore
from shared.eventstore.vault import Vault
from shared.eventstore.vault_rows import PostgresVaultRows
from shared.kernel.actor import Actor
from shared.proof.checkpoint import Signer
from shared.registry import AGGREGATES
from shared.runtime.clock import SystemClock
from shared.runtime.ids import IdSource, new_command_id
from shared.runtime.secret import Secret
from tests.command.office import INSTALLATION, TOKEN, Office
from tests.proof.sealed_log import SealedLog
from tests.support.postgres import Database

EMPTY = Names(admin="importer", organization="")
Line = dict[str, Any]
Forge = Callable[[list[Line]], list[Line]]


async def exported(office: Office, account_id: str | None = None) -> list[bytes]:
    log = SealedLog(await office.store.read_log(0, 10_000), Signer.new())
    return await log.lines(account_id)


@dataclass(slots=True, kw_only=True)
class Target:
    """Its reports are those of the table that the installation's admin sees."""

    store: EventStore
    handler: Handler
    arrivals: Arrivals
    ids: IdSource
    admin: Actor
    grown: list[int]

    async def give(self, command: Any, who: Actor | None = None) -> Any:
        command_id = new_command_id()
        return await self.handler.handle(
            CommandEnvelope(
                command_id=command_id,
                actor=who or self.admin,
                surface="ops",
                correlation_id=command_id,
                reason="moving house",
                command=command,
            ),
            "gateway",
        )

    async def begin(self) -> str:
        import_id = self.ids.new()
        begun = await self.give(BeginImport(import_id=import_id, account_id=self.admin.id))
        assert isinstance(begun, Accepted), begun
        return import_id

    async def send(self, import_id: str, body: bytes, **order: Any) -> Any:
        parts = [body[at : at + PART_BYTES] for at in range(0, len(body), PART_BYTES)]
        for number, part in enumerate(parts):
            answer = await self.say(import_id, str(number), part)
            assert answer == {}, answer
        end = {"parts": len(parts), "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
        return await self.say(import_id, "finish", json.dumps({**end, **order}).encode())

    async def say(self, import_id: str, word: str, body: bytes = b"") -> Any:
        return json.loads(await self.arrivals.hear(f"parts.gateway.{import_id}.{word}", body, {}))

    async def report(self, import_id: str) -> tuple[str, Line]:
        rows = await self.store.reader.rows(
            "select state, report from transfer.arrival where import_id = %s", (import_id,)
        )
        state, report = rows[0]
        return state, {} if report is None else json.loads(report)

    async def bring(self, lines: list[bytes], **order: Any) -> tuple[str, Line]:
        """How it ended, when it has and the log was told."""
        import_id = await self.begin()
        answer = await self.send(import_id, b"".join(lines), **order)
        assert answer == {}, answer
        async with asyncio.timeout(20):
            while (ended := await self.report(import_id))[0] in ("receiving", "checking"):
                await asyncio.sleep(0.01)
            while len((await self.store.read(f"import-{import_id}")).events) < 2:
                await asyncio.sleep(0.01)
            while self.arrivals.is_reading:
                await asyncio.sleep(0.01)
        return ended

    async def waiting(self) -> int:
        """Rows that wait in the tables of imports."""
        rows = await self.store.reader.rows(
            "select (select count(*) from transfer.part) + (select count(*) from transfer.event)"
            " + (select count(*) from transfer.claim) + (select count(*) from transfer.secret)"
        )
        return int(rows[0][0])


@asynccontextmanager
async def opened(database: Database, names: Names = EMPTY) -> AsyncIterator[Target]:
    store = await EventStore.open(database.command, pool_max=4)
    clock, grown = SystemClock(), list[int]()
    access = AccessFollower(store)
    handler = Handler(
        store=store,
        vault=Vault(b"t" * 32, PostgresVaultRows(store.reader)),
        clock=clock,
        aggregates={cls: a for a in AGGREGATES for cls in a.commands},
        facts=FactSource(store=store, access=access, host_suffix="localhost", own_hosts=()),
    )
    ids = IdSource(clock)
    await bootstrap(handler, ids, Secret(TOKEN), INSTALLATION, names)
    arrivals = Arrivals(
        dsn=database.command,
        reader=store.reader,
        store=store,
        handler=handler,
        aggregates={a.stream_type: a for a in AGGREGATES},
        bytes_max=64 * 1024 * 1024,
        grown=grown.append,
        settled=lambda: furnish_all(handler, ids, names),
    )
    key = next(iter(access.index.keys.values()))
    yield Target(
        store=store,
        handler=handler,
        arrivals=arrivals,
        ids=ids,
        admin=Actor(kind="user", id=key.principal_id, credential_id=key.id),
        grown=grown,
    )
    await arrivals.close()
    await store.close()


def parsed(lines: list[bytes]) -> list[Line]:
    return [json.loads(line) for line in lines]


def written(lines: list[Line]) -> list[bytes]:
    return [json.dumps(line).encode() + b"\n" for line in lines]


def long_ago(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)

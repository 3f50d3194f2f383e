"""A log with a sealer, for the tests of proofs: appends, seals, exports, and a superuser."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from prometheus_client import CollectorRegistry

from services.sealer.audit import Auditor
from services.sealer.ledger import Ledger
from services.sealer.measures import Measures
from services.sealer.sealing import Sealing
from services.sealer.witness import Witness
from shared.eventstore import Appended, EventStore
from shared.eventstore.reader import Reader
from shared.proof.checkpoint import Signer
from shared.runtime.clock import SystemClock
from tests.support.commits import ACCOUNT, EMPTY, commit, event
from tests.support.postgres import Database

OTHER_ACCOUNT = "65f0c1a2b3c4d5e6f7a8b9ff"


@dataclass(slots=True, kw_only=True)
class Office:
    database: Database
    store: EventStore
    reader: Reader
    folder: Path
    signer: Signer = field(default_factory=Signer.new)
    told: list[str] = field(default_factory=list)

    @property
    def witness_file(self) -> Path:
        return self.folder / "witness" / "checkpoints.jsonl"

    @property
    def key_file(self) -> Path:
        file = self.folder / "checkpoint.pub"
        file.write_text(self.signer.verifier.text() + "\n")
        return file

    @property
    def witness(self) -> Witness:
        return Witness(self.witness_file, self.signer.verifier)

    def sealing(self, tell: Callable[[str], Awaitable[None]] | None = None) -> Sealing:
        """A sealer as it is after a start; `open` it first."""

        async def note(text: str) -> None:
            self.told.append(text)

        return Sealing(
            Ledger(self.reader),
            self.witness,
            self.signer,
            SystemClock(),
            Measures(CollectorRegistry()),
            tell or note,
        )

    def auditor(self) -> Auditor:
        return Auditor(
            Ledger(self.reader),
            self.witness,
            self.signer.verifier,
            SystemClock(),
            Measures(CollectorRegistry()),
            rest=0,
        )

    async def append(self, stream: str, data: str = '{"name": "api"}', events: int = 1) -> int:
        """Answers the position of the last of them."""
        past = await self.store.read(stream)
        account = OTHER_ACCOUNT if "other" in stream else ACCOUNT
        new = commit(stream, *[event(data)] * events, past=past, account_id=account)
        verdict = await self.store.append(new)
        assert isinstance(verdict, Appended)
        return verdict.position

    async def fill(self, streams: int, events: int) -> int:
        """Streams that grow side by side, every third of another account."""
        for _ in range(events):
            await asyncio.gather(
                *(
                    self.append(f"service-other{n}" if n % 3 == 0 else f"service-{n}")
                    for n in range(streams)
                )
            )
        return await self.store.head()

    async def seal_all(self) -> Sealing:
        sealing = self.sealing()
        await sealing.open()
        while await sealing.seal_next():
            pass
        return sealing

    def as_superuser(self, *statements: str) -> None:
        """What only the server's owner can do: switch the triggers off and rewrite the past."""
        with psycopg.connect(self.database.admin) as connection:
            connection.execute("alter table es.event_p0 disable trigger all")
            connection.execute("alter table es.block disable trigger all")
            for statement in statements:
                connection.execute(statement.encode())


__all__ = ["ACCOUNT", "EMPTY", "OTHER_ACCOUNT", "Office"]

"""What an export reads from, in tests: the view's own answers over its own role."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.query.asked import Asked, Moment
from services.query.statements import Statements
from services.query.views.integrity.answer import INTEGRITY
from shared.access.index import AccessIndex
from shared.eventstore.reader import Reader
from shared.eventstore.vault import Vault
from shared.eventstore.vault_rows import PostgresVaultRows
from shared.kernel.actor import Actor, process_actor
from shared.proof.export import export
from shared.queries.integrity import (
    BlockPage,
    GetIntegrity,
    IntegrityDocument,
    ListBlocks,
    LogPage,
    ReadLog,
)
from tests.proof.office import Office

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)


class View:
    """Asks as a process unless an `asker` is given."""

    def __init__(
        self, reader: Reader, *, asker: Actor | None = None, index: AccessIndex | None = None
    ) -> None:
        self._asked = Asked(
            asker=asker or process_actor("gateway"),
            moment=Moment(position=0, at=NOW, is_now=True),
            now=NOW,
            index=index or AccessIndex(),
            statements=Statements.of(INTEGRITY.sql),
            database=reader,
            secrets=Vault(bytes(32), PostgresVaultRows(reader)),
        )

    async def ask(self, question: Any) -> Any:
        return await INTEGRITY.answers[type(question)](question, self._asked)

    async def integrity(self, question: GetIntegrity) -> IntegrityDocument:
        answer = await self.ask(question)
        assert isinstance(answer, IntegrityDocument)
        return answer

    async def log(self, question: ReadLog) -> LogPage:
        answer = await self.ask(question)
        assert isinstance(answer, LogPage)
        return answer

    async def blocks(self, question: ListBlocks) -> BlockPage:
        answer = await self.ask(question)
        assert isinstance(answer, BlockPage)
        return answer


@asynccontextmanager
async def view_of(office: Office) -> AsyncIterator[View]:
    reader = await Reader.open(office.database.query, pool_max=2)
    try:
        yield View(reader)
    finally:
        await reader.close()


async def exported(office: Office, account_id: str | None = None) -> list[bytes]:
    async with view_of(office) as view:
        return [line async for line in export(view, account_id=account_id, made_at=NOW)]


async def export_file(office: Office, account_id: str | None = None) -> Path:
    file = office.folder / f"export-{account_id or 'all'}.ndjson"
    file.write_bytes(b"".join(await exported(office, account_id)))
    return file

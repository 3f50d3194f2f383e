"""integrity: how far the log is sealed, proofs of single events and of checkpoints, the log."""

from datetime import UTC
from pathlib import Path

from services.query.asked import Asked
from services.query.view import View
from services.query.views.integrity.imports import (
    get_import,
    get_imported_position,
    list_imports,
)
from services.query.views.integrity.read_log import read_log
from services.query.views.integrity.rows import block_document, entries_of, seal_of
from shared.domain.rejections import Forbidden, Invalid, NotFound
from shared.proof.merkle import consistency_path, inclusion_path
from shared.queries.integrity import (
    BlockPage,
    ConsistencyDocument,
    GetConsistency,
    GetImport,
    GetImportedPosition,
    GetIntegrity,
    GetProof,
    IntegrityDocument,
    ListBlocks,
    ListImports,
    ProofDocument,
    ReadLog,
    VerificationDocument,
)

BLOCKS_MAX = 500
# With their entries, 64 KB each, four fill a message.
BLOCKS_WITH_ENTRIES_MAX = 4


async def get_integrity(question: GetIntegrity, asked: Asked) -> IntegrityDocument:
    last = await asked.row("get_last_block")
    # After the block, so that the head is never behind what is sealed.
    head = await asked.row("get_head")
    verified = await asked.row("get_verification")
    return IntegrityDocument(
        head=0 if head is None else head[0],
        sealed_to=0 if last is None else last[2],
        blocks=0 if last is None else last[0],
        checkpoint=None if last is None else seal_of(last).note(),
        public_key=None if last is None else last[9],
        verification=None
        if verified is None
        else VerificationDocument(
            at=verified[0].astimezone(UTC),
            to_position=verified[1],
            bad_position=verified[2],
            reason=verified[3],
        ),
    )


async def get_proof(question: GetProof, asked: Asked) -> ProofDocument | NotFound | Invalid:
    position = question.position
    entry = await asked.row("get_entry", position=position)
    if entry is None or not _may_see(entry[4], asked):
        return NotFound(kind="event", key=str(position))
    block = await asked.row("get_block_around", position=position)
    if block is None or block[2] < position:
        return Invalid(field="position", message="is not sealed yet; ask again in a second")
    entries = await entries_of(block, asked)
    path = inclusion_path(entries, position - block[1])
    return ProofDocument(
        position=position,
        event_id=entry[3],
        recorded_at=entry[1].astimezone(UTC),
        leaf=entry[2].hex(),
        block=block_document(block),
        path=tuple(step.hex() for step in path),
        checkpoint=seal_of(block).note(),
    )


async def get_consistency(
    question: GetConsistency, asked: Asked
) -> ConsistencyDocument | NotFound | Invalid:
    newest = await asked.row("get_last_block")
    new = question.new_blocks if question.new_blocks is not None else newest and newest[0]
    new_row = await asked.row("get_block", number=new)
    old_row = await asked.row("get_block", number=question.old_blocks)
    if new_row is None or old_row is None:
        return NotFound(kind="checkpoint", key=str(question.old_blocks if new_row else new))
    if old_row[0] > new_row[0]:
        return Invalid(field="old_blocks", message="must not be more than new_blocks")
    hashes = [row[0] for row in await asked.rows("list_block_hashes", until=new_row[0])]
    return ConsistencyDocument(
        old_checkpoint=seal_of(old_row).note(),
        new_checkpoint=seal_of(new_row).note(),
        path=tuple(step.hex() for step in consistency_path(hashes, old_row[0])),
    )


async def list_blocks(question: ListBlocks, asked: Asked) -> BlockPage | Forbidden:
    if question.entries and not (
        asked.is_process or asked.index.is_installation_admin(asked.asker.id)
    ):
        return Forbidden(action="log.read", resource="*")
    limit = BLOCKS_WITH_ENTRIES_MAX if question.entries else BLOCKS_MAX
    newest = await asked.row("get_last_block")
    last = 0 if newest is None else newest[0]
    until = last if question.until is None else min(question.until, last)
    rows = await asked.rows("list_blocks", after=question.after, until=until, limit=limit)
    items = tuple(
        [
            block_document(row, await entries_of(row, asked) if question.entries else None)
            for row in rows
        ]
    )
    more = bool(items) and items[-1].number < until
    return BlockPage(items=items, next_after=items[-1].number if more else None)


def _may_see(account_id: str, asked: Asked) -> bool:
    return (
        asked.is_process
        or asked.index.is_installation_admin(asked.asker.id)
        or asked.index.may_in_account(asked.asker.id, "account.read", account_id)
    )


INTEGRITY = View(
    name="integrity",
    sql=Path(__file__).parent / "sql",
    # Permission is the only thing here that a projection knows.
    reads=("identity",),
    answers={
        GetIntegrity: get_integrity,
        GetProof: get_proof,
        GetConsistency: get_consistency,
        ReadLog: read_log,
        ListBlocks: list_blocks,
        GetImport: get_import,
        ListImports: list_imports,
        GetImportedPosition: get_imported_position,
    },
)

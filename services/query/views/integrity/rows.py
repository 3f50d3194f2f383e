"""Rows of es.block and es.event as the documents of this view."""

import base64
from datetime import UTC

from services.query.asked import Asked, Row
from shared.proof.block import Block, entry_hash
from shared.proof.seal import Seal
from shared.queries.integrity import BlockDocument, LoggedEvent

# Escaped, a text may double, and a message of the bus ends at 1 MiB; base64 adds a third.
TEXT_BYTES_MAX = 192 * 1024


def seal_of(row: Row) -> Seal:
    return Seal(
        block=Block(
            number=row[0],
            first_position=row[1],
            last_position=row[2],
            root=row[3],
            previous_hash=row[4],
        ),
        tree_root=row[6],
        sealed_at=row[7].astimezone(UTC),
        signature=row[8],
        signer=row[9],
    )


def block_document(row: Row, entries: list[bytes] | None = None) -> BlockDocument:
    """As the database holds it, right or wrong: it is who reads it that verifies."""
    return BlockDocument(
        number=row[0],
        first_position=row[1],
        last_position=row[2],
        root=row[3].hex(),
        previous_hash=row[4].hex(),
        hash=row[5].hex(),
        entries="" if entries is None else b"".join(entries).hex(),
    )


async def entries_of(block: Row, asked: Asked) -> list[bytes]:
    rows = await asked.rows("list_entries", first=block[1], last=block[2])
    return [entry_hash(position, at, leaf) for position, at, leaf in rows]


def logged_event(row: Row) -> LoggedEvent:
    data: str = row[17]
    is_base64 = len(data) > TEXT_BYTES_MAX
    return LoggedEvent(
        position=row[0],
        recorded_at=row[1].astimezone(UTC),
        account_id=row[2],
        stream=row[3],
        stream_type=row[4],
        version=row[5],
        event_id=row[6],
        type=row[7],
        schema_version=row[8],
        command_id=row[9],
        correlation_id=row[10],
        causation_id=row[11],
        actor=row[12],
        credential_id=row[13],
        surface=row[14],
        reason=row[15],
        leaf=row[16].hex(),
        data=base64.b64encode(data.encode()).decode() if is_base64 else data,
        is_base64=is_base64,
    )

"""What the sealer reads and writes in Postgres: entries and events of the log, es.block.

Its role may add blocks and verifications and nothing else; it never touches what it seals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.eventstore import LogHole, Recorded
from shared.eventstore.reader import Reader, Row
from shared.eventstore.rows import COLUMN_COUNT, READ_LINKED, recorded
from shared.proof.block import Block, entry_hash
from shared.proof.seal import Seal

_SEAL = """
select b.block_no, b.first_position, b.last_position, b.root, b.previous_hash, b.tree_root,
       b.sealed_at, b.signature, b.signer, b.hash
  from es.block b"""
_LAST_SEAL = f"{_SEAL} order by b.block_no desc limit 1"
_SEALS = f"{_SEAL} where b.block_no > %s order by b.block_no limit %s"

_ENTRIES = """
select e.position, e.recorded_at, e.leaf from es.event e
 where e.position > %s order by e.position limit %s"""

# Plain, without `on conflict`: all of these blocks or none, else a fork could slip in.
_ADD = """
insert into es.block (block_no, first_position, last_position, root, previous_hash, hash, tree_root,
                      sealed_at, signature, signer)
select * from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bytea[], %s::bytea[],
                     %s::bytea[], %s::bytea[], %s::timestamptz[], %s::bytea[], %s::text[])"""

_ADD_VERIFICATION = """
insert into es.verification (verified_at, last_position, bad_position, reason)
values (%s, %s, %s, %s) on conflict do nothing"""


class RowForged(Exception):
    """A row of es.block does not hash to its own hash: somebody edited it."""

    def __init__(self, number: int) -> None:
        super().__init__(f"block {number} in the database is not what was sealed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """An event with the leaf of the one before it in its stream."""

    event: Recorded
    previous_leaf: bytes | None


class Ledger:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def last_seal(self) -> Seal | None:
        found = await self._reader.rows(_LAST_SEAL)
        return _seal(found[0]) if found else None

    async def seals(self, *, after: int, limit: int) -> list[Seal]:
        return [_seal(row) for row in await self._reader.rows(_SEALS, (after, limit))]

    async def entries(self, *, after: int, limit: int) -> list[bytes]:
        """Entry hashes of the positions that follow. Raises LogHole."""
        hashes: list[bytes] = []
        found = await self._reader.rows(_ENTRIES, (after, limit))
        for expected, (position, recorded_at, leaf) in enumerate(found, start=after + 1):
            if position != expected:
                raise LogHole(expected, position)
            hashes.append(entry_hash(position, recorded_at, leaf))
        return hashes

    async def linked(self, *, first: int, last: int) -> list[Linked]:
        rows = await self._reader.rows(READ_LINKED, (first, last))
        return [
            Linked(
                event=recorded(row[:COLUMN_COUNT]),
                previous_leaf=row[COLUMN_COUNT],
            )
            for row in rows
        ]

    async def add(self, seals: Sequence[Seal]) -> None:
        """Raises psycopg's UniqueViolation where one of the blocks is there already."""
        blocks = [seal.block for seal in seals]
        await self._reader.rows(
            _ADD,
            (
                [block.number for block in blocks],
                [block.first_position for block in blocks],
                [block.last_position for block in blocks],
                [block.root for block in blocks],
                [block.previous_hash for block in blocks],
                [block.hash for block in blocks],
                [seal.tree_root for seal in seals],
                [seal.sealed_at for seal in seals],
                [seal.signature for seal in seals],
                [seal.signer for seal in seals],
            ),
        )

    async def add_verification(
        self, at: datetime, *, last_position: int, bad_position: int | None, reason: str | None
    ) -> None:
        await self._reader.rows(_ADD_VERIFICATION, (at, last_position, bad_position, reason))


def _seal(row: Row) -> Seal:
    block = Block(
        number=row[0],
        first_position=row[1],
        last_position=row[2],
        root=row[3],
        previous_hash=row[4],
    )
    if block.hash != row[9]:
        raise RowForged(block.number)
    return Seal(
        block=block,
        tree_root=row[5],
        sealed_at=row[6].astimezone(UTC),
        signature=row[7],
        signer=row[8],
    )

"""A block seals a dense range of log positions: a Merkle root over its entries, linked to the block
before it.

An entry is (position, time, leaf). The writer's leaf covers the event but neither its position nor
its time, which the database gives later; the block is what covers those.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from struct import pack

from shared.proof.merkle import HASH_BYTES, leaf_hash, root_of

# Before the first block there is none.
NO_BLOCK = bytes(HASH_BYTES)
BLOCK_EVENTS_MAX = 1000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Numbers count from 1; block 1 begins at the log's first position."""

    number: int
    first_position: int
    last_position: int
    root: bytes
    previous_hash: bytes

    @property
    def size(self) -> int:
        return self.last_position - self.first_position + 1

    @property
    def hash(self) -> bytes:
        span = pack("!qqq", self.number, self.first_position, self.last_position)
        return hashlib.sha256(b"\x02" + self.previous_hash + self.root + span).digest()


def entry_hash(position: int, recorded_at: datetime, leaf: bytes) -> bytes:
    # Whole microseconds by integers: a float would lose the last digit.
    micros = (recorded_at - _EPOCH) // _MICROSECOND
    return leaf_hash(pack("!qq", position, micros) + leaf)


def next_block(previous: Block | None, *, first_position: int, entries: Sequence[bytes]) -> Block:
    """`entries` are the entry hashes of the positions from `first_position` on, without a hole."""
    return Block(
        number=1 if previous is None else previous.number + 1,
        first_position=first_position,
        last_position=first_position + len(entries) - 1,
        root=root_of(entries),
        previous_hash=NO_BLOCK if previous is None else previous.hash,
    )


def follows(block: Block, previous: Block | None) -> bool:
    """Whether `block` is what can come right after `previous` (None: at the very beginning)."""
    if block.last_position < block.first_position:
        return False
    if previous is None:
        return block.number == 1 and block.previous_hash == NO_BLOCK
    return (
        block.number == previous.number + 1
        and block.first_position == previous.last_position + 1
        and block.previous_hash == previous.hash
    )

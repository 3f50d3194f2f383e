"""Verifies the whole log against its seals, again and again, at a pace that disturbs nobody.

Each event is hashed anew and linked to the one before it in its stream, each block to its entries,
the tree to the signature and to the witness. What it finds is recorded, counted and logged; it
mends nothing.
"""

import asyncio
import logging
from dataclasses import dataclass

import psycopg

from services.sealer.ledger import Ledger, Linked, RowForged
from services.sealer.measures import Measures
from services.sealer.witness import Witness, WitnessUnreachable
from shared.eventstore import ChainBroken, EventStoreFailure
from shared.eventstore.chain import verify
from shared.proof.block import Block, entry_hash, follows
from shared.proof.checkpoint import Checkpoint, NoteInvalid, Verifier
from shared.proof.merkle import Frontier, root_of
from shared.proof.seal import Seal
from shared.runtime.clock import Clock
from shared.runtime.shutdown import Shutdown

log = logging.getLogger(__name__)

FIRST_SECONDS = 30.0
# One part of work, nine of rest: the log is verified in passing.
REST = 9.0
CHUNK = 200
PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    last_position: int
    bad_position: int | None = None
    reason: str | None = None


class _Bad(Exception):
    def __init__(self, position: int, reason: str) -> None:
        super().__init__(reason)
        self.position = position
        self.reason = reason


class Auditor:
    def __init__(
        self,
        ledger: Ledger,
        witness: Witness,
        verifier: Verifier,
        clock: Clock,
        measures: Measures,
        *,
        rest: float = REST,
    ) -> None:
        self._ledger = ledger
        self._witness = witness
        self._verifier = verifier
        self._clock = clock
        self._measures = measures
        self._rest = rest

    async def run(self, shutdown: Shutdown, *, every_seconds: float) -> None:
        wait = min(FIRST_SECONDS, every_seconds)
        while not await shutdown.wait_for(wait):
            wait = every_seconds
            try:
                await self.verify_and_record()
            except (EventStoreFailure, psycopg.Error, OSError) as error:
                log.warning("verification_interrupted", extra={"error": type(error).__name__})

    async def verify_and_record(self) -> Outcome:
        started = self._clock.monotonic()
        outcome = await self.verify()
        await self._ledger.add_verification(
            self._clock.now(),
            last_position=outcome.last_position,
            bad_position=outcome.bad_position,
            reason=outcome.reason,
        )
        self._measures.verified(position=outcome.last_position, bad_position=outcome.bad_position)
        log.log(
            logging.INFO if outcome.bad_position is None else logging.CRITICAL,
            "log_verified" if outcome.bad_position is None else "log_damaged",
            extra={
                "position": outcome.last_position,
                "bad_position": outcome.bad_position,
                "reason": outcome.reason,
                "seconds": round(self._clock.monotonic() - started, 1),
            },
        )
        return outcome

    async def verify(self) -> Outcome:
        """One pass over everything that is sealed; it ends at the first bad position."""
        position = 0
        try:
            witnessed = await self._witnessed()
            last: Seal | None = None
            tree = Frontier()
            while page := await self._ledger.seals(after=tree.size, limit=PAGE):
                for seal in page:
                    await self._block(seal.block, None if last is None else last.block)
                    last, position = seal, seal.block.last_position
                    tree.append(seal.block.hash)
                    if witnessed is not None and witnessed.blocks == tree.size:
                        _same(witnessed, seal, tree)
            self._signed(last, tree, witnessed)
        except _Bad as bad:
            return Outcome(last_position=position, bad_position=bad.position, reason=bad.reason)
        except RowForged as forged:
            return Outcome(last_position=position, bad_position=position + 1, reason=str(forged))
        return Outcome(last_position=position)

    async def _witnessed(self) -> Checkpoint | None:
        try:
            return await self._witness.newest()
        except WitnessUnreachable as error:
            log.warning("verified_without_witness", extra={"text": str(error)})
            return None
        except NoteInvalid as error:
            raise _Bad(1, f"the witness: {error}") from error

    async def _block(self, block: Block, previous: Block | None) -> None:
        if not follows(block, previous):
            raise _Bad(block.first_position, f"block {block.number} does not follow its neighbour")
        entries: list[bytes] = []
        for first in range(block.first_position, block.last_position + 1, CHUNK):
            last = min(first + CHUNK - 1, block.last_position)
            started = self._clock.monotonic()
            events = await self._ledger.linked(first=first, last=last)
            entries += _entries(events, first, last)
            await asyncio.sleep(self._rest * (self._clock.monotonic() - started))
        if root_of(entries) != block.root:
            raise _Bad(
                block.first_position,
                f"positions {block.first_position} to {block.last_position} are not what was "
                "sealed: events or times were replaced, or changed places",
            )

    def _signed(self, last: Seal | None, tree: Frontier, witnessed: Checkpoint | None) -> None:
        if witnessed is not None and witnessed.blocks > tree.size:
            raise _Bad(
                1 if last is None else last.block.last_position + 1,
                f"the witness has checkpoint {witnessed.blocks}, the database only {tree.size}",
            )
        if last is None:
            return
        if last.tree_root != tree.root() or not last.is_signed_by(self._verifier):
            raise _Bad(1, "the newest block is not signed by our key")


def _entries(events: list[Linked], first: int, last: int) -> list[bytes]:
    entries: list[bytes] = []
    for expected, linked in enumerate(events, start=first):
        event = linked.event
        if event.position != expected:
            raise _Bad(expected, "the event is missing")
        if event.version > 1 and linked.previous_leaf is None:
            raise _Bad(expected, f"the event before it in {event.stream} is missing")
        try:
            verify([event], previous=linked.previous_leaf, version=event.version - 1)
        except ChainBroken as error:
            raise _Bad(expected, "the event does not hash to its leaf: it was changed") from error
        entries.append(entry_hash(event.position, event.recorded_at, event.leaf))
    if len(events) != last - first + 1:
        raise _Bad(first + len(events), "the event is missing")
    return entries


def _same(witnessed: Checkpoint, seal: Seal, tree: Frontier) -> None:
    if witnessed.tree_root != tree.root():
        raise _Bad(
            1,
            f"the witness's checkpoint over positions 1 to {seal.block.last_position} is another",
        )

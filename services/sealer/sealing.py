"""Seals the log while this process leads: the next dense range becomes a signed block.

It continues only a chain that is its own: rows that hash, a last block signed by its key, and the
witness's newest checkpoint in it. The database comes first, the witness after it: a crash between
the two leaves a checkpoint to catch up with, never one that the log contradicts. Appends are never
touched: the sealer reads what is committed, in batches, and inserts into a table of its own.
"""

import logging
from collections.abc import Awaitable, Callable

import psycopg
from psycopg.errors import UniqueViolation

from services.sealer.ledger import Ledger, RowForged
from services.sealer.measures import Measures
from services.sealer.witness import Witness, WitnessUnreachable
from shared.eventstore import EventStoreFailure
from shared.proof.block import BLOCK_EVENTS_MAX, Block, follows, next_block
from shared.proof.checkpoint import Checkpoint, NoteInvalid, Signer
from shared.proof.merkle import Frontier
from shared.proof.seal import Seal, seal
from shared.runtime.clock import Clock
from shared.runtime.shutdown import Shutdown

log = logging.getLogger(__name__)

PERIOD_SECONDS = 1.0
RETRY_SECONDS = 2.0
# Several blocks share one flush to disk when the log grows fast.
BLOCKS_AT_ONCE = 16
PAGE = 1000

Tell = Callable[[str], Awaitable[None]]


class NotOurs(Exception):
    """The chain of blocks is not the one this key has sealed and the witness has seen."""


class Sealing:
    """`problem` is what keeps it from sealing, `witness_problem` what keeps the witness behind."""

    def __init__(
        self,
        ledger: Ledger,
        witness: Witness,
        signer: Signer,
        clock: Clock,
        measures: Measures,
        tell: Tell,
    ) -> None:
        self._ledger = ledger
        self._witness = witness
        self._signer = signer
        self._clock = clock
        self._measures = measures
        self._tell = tell
        self._last: Block | None = None
        self._tree = Frontier()
        self._witnessed = 0
        self.problem: str | None = None
        self.witness_problem: str | None = None

    async def run(self, shutdown: Shutdown) -> None:
        while not shutdown.asked:
            try:
                await self.open()
                self.problem = None
                await self._seal_on(shutdown)
            except (EventStoreFailure, psycopg.Error, WitnessUnreachable, OSError) as error:
                self._hold("sealing_interrupted", error)
            except (NotOurs, NoteInvalid, RowForged) as error:
                self._hold("sealing_refused", error)
            await shutdown.wait_for(RETRY_SECONDS)

    async def open(self) -> None:
        """Reads all blocks and refuses to go on from a chain that is not ours."""
        witnessed = await self._witness.newest()
        last, tree = None, Frontier()
        newest: Seal | None = None
        while page := await self._ledger.seals(after=tree.size, limit=PAGE):
            for row in page:
                if not follows(row.block, last):
                    raise NotOurs(f"block {row.block.number} does not follow the one before it")
                last = row.block
                tree.append(last.hash)
                if witnessed is not None and witnessed.blocks == tree.size:
                    _compare(witnessed, row, tree)
            newest = page[-1]
        if witnessed is not None and witnessed.blocks > tree.size:
            raise NotOurs(
                f"the witness has checkpoint {witnessed.blocks}, the database only {tree.size}: "
                "blocks are gone, or an older log was restored"
            )
        if newest is not None and not (
            newest.tree_root == tree.root() and newest.is_signed_by(self._signer.verifier)
        ):
            raise NotOurs("the last block was not signed by this key")
        self._last, self._tree = last, tree
        self._witnessed = 0 if witnessed is None else witnessed.blocks
        log.info("sealing_opened", extra={"blocks": tree.size, "position": self.position})

    @property
    def position(self) -> int:
        return 0 if self._last is None else self._last.last_position

    async def seal_next(self) -> int:
        """Seals what is there, at most so many blocks; answers how many events it were."""
        limit = BLOCKS_AT_ONCE * BLOCK_EVENTS_MAX
        entries = await self._ledger.entries(after=self.position, limit=limit)
        if not entries:
            return 0
        last, tree = self._last, self._tree.copy()
        now = self._clock.now()
        seals: list[Seal] = []
        for start in range(0, len(entries), BLOCK_EVENTS_MAX):
            last = next_block(
                last,
                first_position=self.position + start + 1,
                entries=entries[start : start + BLOCK_EVENTS_MAX],
            )
            tree.append(last.hash)
            seals.append(seal(last, tree_root=tree.root(), sealed_at=now, signer=self._signer))
        try:
            await self._ledger.add(seals)
        except UniqueViolation as error:
            # Ours, where the answer was lost and the statement sent again; else another sealer's.
            if await self._ledger.last_seal() != seals[-1]:
                raise NotOurs("another sealer was faster") from error
        self._last, self._tree = last, tree
        self._measures.sealed(blocks=len(seals), events=len(entries), position=self.position)
        await self._witness_and_tell(seals)
        return len(entries)

    async def _seal_on(self, shutdown: Shutdown) -> None:
        while not shutdown.asked:
            sealed = await self.seal_next()
            if sealed == 0 and self._witnessed < self._tree.size:
                await self._witness_and_tell([])
            if sealed < BLOCKS_AT_ONCE * BLOCK_EVENTS_MAX:
                await shutdown.wait_for(PERIOD_SECONDS)
        await self.seal_next()

    async def _witness_and_tell(self, seals: list[Seal]) -> None:
        """A witness that is away must not stop the sealing: it is caught up from the database."""
        try:
            if seals and self._witnessed == seals[0].block.number - 1:
                await self._add_to_witness(seals)
            while self._witnessed < self._tree.size:
                await self._add_to_witness(
                    await self._ledger.seals(after=self._witnessed, limit=PAGE)
                )
            self.witness_problem = None
        except WitnessUnreachable as error:
            self.witness_problem = str(error)
            log.error("witness_unreachable", extra={"text": str(error)})
        self._measures.witness_behind(self._tree.size - self._witnessed)
        if seals:
            await self._tell(seals[-1].note())

    async def _add_to_witness(self, seals: list[Seal]) -> None:
        if not seals:
            raise NotOurs("blocks are gone from the database")
        await self._witness.add(seals)
        self._witnessed = seals[-1].block.number

    def _hold(self, event: str, error: Exception) -> None:
        self.problem = f"{type(error).__name__}: {error}"[:200]
        log.error(event, extra={"error": type(error).__name__, "text": str(error)[:200]})


def _compare(witnessed: Checkpoint, row: Seal, tree: Frontier) -> None:
    if (witnessed.tree_root, witnessed.position) != (tree.root(), row.block.last_position):
        raise NotOurs(f"the witness has seen another block {witnessed.blocks}: the log was changed")

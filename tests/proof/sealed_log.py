"""A sealed log in memory, for tests of exports: what its source answers is as the view's."""

from collections.abc import Iterable
from datetime import UTC, datetime

from shared.eventstore import MemoryStore, Recorded
from shared.proof.block import Block, entry_hash, next_block
from shared.proof.checkpoint import Signer
from shared.proof.export import export
from shared.proof.merkle import Frontier, inclusion_path
from shared.proof.seal import Seal, seal
from shared.queries.integrity import (
    BlockDocument,
    BlockPage,
    GetIntegrity,
    IntegrityDocument,
    ListBlocks,
    LoggedEvent,
    LogPage,
    ReadLog,
)
from tests.support.commits import commit, event

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
ACME, BETA = "65f0c1a2b3c4d5e6f7a8b9c0", "65f0c1a2b3c4d5e6f7a8b9ff"
BLOCK = 6
PAGE = 4


class SealedLog:
    """Events of three streams of acme and one of beta, in blocks of six, all sealed."""

    def __init__(self, events: list[Recorded], signer: Signer) -> None:
        self.events = events
        self.signer = signer
        self.seals: list[Seal] = []
        self._entries: dict[int, list[bytes]] = {}
        tree, last = Frontier(), None
        for start in range(0, len(events), BLOCK):
            part = events[start : start + BLOCK]
            entries = [entry_hash(e.position, e.recorded_at, e.leaf) for e in part]
            last = next_block(last, first_position=start + 1, entries=entries)
            tree.append(last.hash)
            self._entries[last.number] = entries
            self.seals.append(seal(last, tree_root=tree.root(), sealed_at=AT, signer=signer))

    @classmethod
    async def grown(cls, events: int = 24, signer: Signer | None = None) -> "SealedLog":
        store = MemoryStore()
        for n in range(events):
            stream = f"service-{n % 4}"
            past = await store.read(stream)
            account = BETA if n % 4 == 3 else ACME
            new = commit(stream, event(f'{{"n": {n}}}'), past=past, account_id=account)
            await store.append(new)
        return cls(await store.read_log(0, events), signer or Signer.new())

    @property
    def notes(self) -> list[str]:
        return [seal.note() for seal in self.seals]

    async def lines(self, account_id: str | None = None) -> list[bytes]:
        return [line async for line in export(self, account_id=account_id, made_at=AT)]

    async def integrity(self, question: GetIntegrity) -> IntegrityDocument:
        last = self.seals[-1]
        return IntegrityDocument(
            head=len(self.events),
            sealed_to=last.block.last_position,
            blocks=last.block.number,
            checkpoint=last.note(),
            public_key=self.signer.verifier.text(),
            verification=None,
        )

    async def log(self, question: ReadLog) -> LogPage:
        chosen = [
            e
            for e in self.events
            if e.position > question.after and question.account_id in (None, e.account_id)
        ]
        page, rest = chosen[:PAGE], chosen[PAGE:]
        blocks = dict.fromkeys(self._block_of(e.position) for e in page)
        return LogPage(
            events=tuple(self._logged(e, proved=question.account_id is not None) for e in page),
            blocks=tuple(_document(block) for block in blocks),
            next_after=page[-1].position if rest else None,
        )

    async def blocks(self, question: ListBlocks) -> BlockPage:
        chosen = [s.block for s in self.seals if s.block.number > question.after]
        page, rest = chosen[:2], chosen[2:]
        items = tuple(
            _document(block, self._entries[block.number] if question.entries else ())
            for block in page
        )
        return BlockPage(items=items, next_after=page[-1].number if rest else None)

    def _block_of(self, position: int) -> Block:
        return self.seals[(position - 1) // BLOCK].block

    def _logged(self, e: Recorded, *, proved: bool) -> LoggedEvent:
        block = self._block_of(e.position)
        path = inclusion_path(self._entries[block.number], e.position - block.first_position)
        names = [name for name in Recorded.__dataclass_fields__ if name != "leaf"]
        return LoggedEvent(
            **{name: getattr(e, name) for name in names},
            leaf=e.leaf.hex(),
            block_number=block.number if proved else None,
            path=tuple(step.hex() for step in path) if proved else (),
        )


def _document(block: Block, entries: Iterable[bytes] = ()) -> BlockDocument:
    return BlockDocument(
        number=block.number,
        first_position=block.first_position,
        last_position=block.last_position,
        root=block.root.hex(),
        previous_hash=block.previous_hash.hex(),
        hash=block.hash.hex(),
        entries=b"".join(entries).hex(),
    )

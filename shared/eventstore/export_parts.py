"""What an export's blocks and events must be: those of a whole log, and those of one account.

Both tell damage as people would: changed, missing, inserted, reordered; and rewritten, where all
fits together but not with a checkpoint that was kept elsewhere."""

from collections.abc import Callable
from typing import Protocol

from shared.envelope.codec import Undecodable
from shared.eventstore.chain import verify
from shared.eventstore.export_values import (
    Damage,
    Finding,
    bad,
    block_of,
    bytes_of,
    hash_of,
    hashes_of,
    recorded_of,
)
from shared.eventstore.failures import ChainBroken, InvalidCommit
from shared.proof.block import Block, follows
from shared.proof.checkpoint import Checkpoint
from shared.proof.export_format import BlockHashes
from shared.proof.merkle import Frontier, root_from_path, root_of
from shared.queries.integrity import BlockDocument, LoggedEvent


class Part(Protocol):
    tree: Frontier
    events: int
    trusted_to: int  # the last position that a checkpoint kept elsewhere vouches for

    @property
    def next_position(self) -> int: ...

    @property
    def streams(self) -> int: ...

    def block(self, document: BlockDocument) -> None: ...

    def event(self, event: LoggedEvent) -> None: ...

    def hashes(self, line: BlockHashes) -> None: ...

    def finish(self) -> None: ...


class Streams:
    """The chains of all streams, as far as they were seen."""

    def __init__(self) -> None:
        self._heads: dict[str, tuple[int, bytes]] = {}

    def __len__(self) -> int:
        return len(self._heads)

    def link(self, event: LoggedEvent) -> None:
        version, leaf = self._heads.get(event.stream, (0, None))
        if event.version != version + 1:
            kind = "missing" if event.version > version else "inserted"
            raise bad(
                kind,
                event.position,
                f"{event.stream} goes on with version {event.version} after version {version}",
            )
        try:
            recorded = recorded_of(event)
            verify([recorded], previous=leaf, version=version)
        except (ChainBroken, InvalidCommit, Undecodable, ValueError) as error:
            raise bad("changed", event.position, "the event does not hash to its leaf") from error
        self._heads[event.stream] = (event.version, recorded.leaf)


class WholePart:
    """Blocks with their entries, each before its events: a damaged event is named exactly."""

    def __init__(self, outside: dict[int, Checkpoint]) -> None:
        self.tree = Frontier()
        self.events = 0
        self.trusted_to = 0
        self._outside = outside
        self._chains = Streams()
        self._block: Block | None = None
        self._entries: list[bytes] = []
        self._fits = True
        self._waiting: list[LoggedEvent] = []

    @property
    def next_position(self) -> int:
        """The first position that was not found good yet."""
        if self._block is None:
            return 1
        return self._block.last_position + 1 if not self._entries else self._block.first_position

    @property
    def streams(self) -> int:
        return len(self._chains)

    def block(self, document: BlockDocument) -> None:
        self.finish()
        previous = self._block
        expected = 1 if previous is None else previous.last_position + 1
        block = block_of(document, expected)
        entries = hashes_of(document.entries, expected)
        if not follows(block, previous) or block.first_position != expected:
            number = 1 if previous is None else previous.number + 1
            kind = "missing" if block.number > number else "changed"
            raise bad(kind, expected, f"block {number} is not where it must be")
        self._fits = len(entries) == block.size and root_of(entries) == block.root
        self.tree.append(block.hash)
        self.trusted_to = _compare(self._outside, self.tree, self.trusted_to)
        self._block, self._entries = block, entries

    def event(self, event: LoggedEvent) -> None:
        if self._block is None or not self._entries:
            raise bad("inserted", event.position, "the event is in no block")
        self._waiting.append(event)
        if len(self._waiting) > self._block.size:
            self.finish()  # Which says what is wrong: there is one too many.

    def hashes(self, line: BlockHashes) -> None:
        raise bad("inserted", self.next_position, "hashes of blocks that are all there")

    def finish(self) -> None:
        """The block in hand is complete: its events must be its entries, one by one."""
        if self._block is None:
            return
        first, events, entries = self._block.first_position, self._waiting, self._entries
        if not self._fits:
            raise self._unfit(self._block, events)
        for index, entry in enumerate(entries):
            if index >= len(events):
                raise bad("missing", first + index, "the event is missing")
            if hash_of(events[index]) != entry:
                raise Damage(_classify(first, index, events, entries))
            self._chains.link(events[index])
            self.events += 1
        if len(events) > len(entries):
            extra = events[len(entries)]
            raise bad("inserted", extra.position, "the event was never sealed")
        self._entries, self._waiting = [], []

    def _unfit(self, block: Block, events: list[LoggedEvent]) -> Damage:
        """The entries are not what was sealed, so the exporter's log is damaged: by position, by
        chain and by time it may still be said where."""
        positions = {event.position for event in events}
        before: LoggedEvent | None = None
        for index in range(block.size):
            position = block.first_position + index
            if index >= len(events) or events[index].position != position:
                if position in positions:
                    kind = "inserted" if events[index].position < position else "reordered"
                else:
                    kind = "missing"
                return bad(kind, position, _SENTENCES[kind])
            event = events[index]
            try:
                self._chains.link(event)
            except Damage as damage:
                return damage
            if before is not None and event.recorded_at < before.recorded_at:
                return bad(
                    "reordered", before.position, "times fall here", last=block.last_position
                )
            before = event
        return bad(
            "changed",
            block.first_position,
            f"block {block.number} is not what was sealed: events or times in it were replaced, "
            "with new leaves",
            last=block.last_position,
        )


class AccountPart:
    """Events with a path each. That a whole stream is absent cannot be seen from one account."""

    def __init__(self, outside: dict[int, Checkpoint], account_id: str) -> None:
        self.tree = Frontier()
        self.events = 0
        self.trusted_to = 0
        self._outside = outside
        self._account_id = account_id
        self._chains = Streams()
        self._block: Block | None = None
        self._touched: dict[int, Block] = {}
        self._position = 0

    @property
    def next_position(self) -> int:
        return self._position + 1

    @property
    def streams(self) -> int:
        return len(self._chains)

    def block(self, document: BlockDocument) -> None:
        if document.entries or self.tree.size:
            raise bad("inserted", self.next_position, "a block's line where none can be")
        self._block = block_of(document, self.next_position)
        self._touched[self._block.number] = self._block

    def event(self, event: LoggedEvent) -> None:
        if self.tree.size:
            raise bad("reordered", event.position, "the event comes after the blocks' hashes")
        if event.position == self._position:
            raise bad("inserted", event.position, "the position is there twice")
        if event.position < self._position:
            raise bad("reordered", event.position, f"it comes after {self._position}")
        if event.account_id != self._account_id:
            raise bad("inserted", event.position, "the event is another account's")
        self._find(event)
        self._chains.link(event)
        self._position = event.position
        self.events += 1

    def _find(self, event: LoggedEvent) -> None:
        block = self._block
        if block is None or event.block_number != block.number:
            raise bad("inserted", event.position, "the event is in no block")
        path = tuple(bytes_of(step, event.position) for step in event.path)
        index = event.position - block.first_position
        root = root_from_path(hash_of(event), index=index, size=block.size, path=path)
        if root != block.root:
            raise bad("changed", event.position, "the event is not what was sealed here")

    def hashes(self, line: BlockHashes) -> None:
        if line.first != self.tree.size + 1:
            raise bad("missing", self.next_position, "hashes of blocks are missing")
        for hash_ in hashes_of(line.hashes, self.next_position):
            self.tree.append(hash_)
            touched = self._touched.pop(self.tree.size, None)
            if touched is not None and touched.hash != hash_:
                raise bad(
                    "changed",
                    touched.first_position,
                    f"block {touched.number} is not among those that were signed",
                    last=touched.last_position,
                )
            self.trusted_to = _compare(self._outside, self.tree, self.trusted_to)

    def finish(self) -> None:
        if self._touched:
            first = min(self._touched.values(), key=lambda block: block.number)
            raise bad("inserted", first.first_position, f"block {first.number} was never signed")


def _classify(first: int, index: int, events: list[LoggedEvent], entries: list[bytes]) -> Finding:
    """Why events[index] is not entries[index]: by where it and the right one are, if anywhere."""
    found, position = events[index], first + index
    places = {entry: place for place, entry in enumerate(entries)}
    sealed_at = places.get(hash_of(found))
    if sealed_at is None:
        # Perhaps it was given another number: look where it fits with the number of the place.
        sealed_at = _place(lambda place: hash_of(found, first + place) == entries[place], entries)
    right_is_later = any(
        entries[index] in (hash_of(event), hash_of(event, position))
        for event in events[index + 1 :]
    )
    if right_is_later:
        kind = "inserted" if sealed_at is None or sealed_at < index else "reordered"
        return Finding(kind=kind, position=position, sentence=_SENTENCES[kind])
    if sealed_at is not None:
        kind = "missing" if sealed_at > index else "inserted"
        return Finding(kind=kind, position=position, sentence=_SENTENCES[kind])
    return Finding(kind="changed", position=position, sentence=_SENTENCES["changed"])


_SENTENCES = {
    "inserted": "an event stands here that was never sealed here",
    "reordered": "the events are not in the order in which they were sealed",
    "missing": "the event is missing",
    "changed": "the event is not what was sealed here",
}


def _place(fits: Callable[[int], bool], entries: list[bytes]) -> int | None:
    return next((place for place in range(len(entries)) if fits(place)), None)


def _compare(outside: dict[int, Checkpoint], tree: Frontier, trusted_to: int) -> int:
    checkpoint = outside.get(tree.size)
    if checkpoint is None:
        return trusted_to
    if checkpoint.tree_root != tree.root():
        raise bad(
            "rewritten",
            trusted_to + 1,
            f"the checkpoint you hold over positions 1 to {checkpoint.position} is another: "
            "the log was rewritten and sealed again",
            last=checkpoint.position,
        )
    return checkpoint.position

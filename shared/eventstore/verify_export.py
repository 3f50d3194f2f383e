"""Verifies an export with nothing but its lines, a public key, and checkpoints kept elsewhere.

Every event is hashed anew, linked to the one before it in its stream, and found in a sealed block;
the blocks lead to the checkpoint's root. The first thing that is wrong ends it, by position. It
keeps one block's events and, per stream, the newest leaf.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.eventstore.export_parts import AccountPart, Part, WholePart
from shared.eventstore.export_values import Damage, Finding, bad
from shared.proof.checkpoint import (
    Checkpoint,
    KeyInvalid,
    NoteInvalid,
    Verifier,
    parse_note,
)
from shared.proof.export_format import (
    FORMAT,
    BlockHashes,
    CheckpointNote,
    End,
    Line,
    Malformed,
    Manifest,
    read_lines,
)
from shared.queries.integrity import BlockDocument, LoggedEvent

SELF_SIGNED = "self-signed: shows accidents, not fraud"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`finding` None: everything is as it was sealed, as far as `trust` reaches."""

    finding: Finding | None
    account_id: str | None
    events: int
    streams: int
    blocks: int
    to_position: int
    key: str | None
    sealed_at: datetime | None
    trust: str
    outside: int

    @property
    def ok(self) -> bool:
        return self.finding is None


def verify_export(
    lines: Iterable[bytes],
    *,
    pinned: Verifier | None = None,
    outside: Sequence[str] = (),
    may_be_older: bool = False,
    on_event: Callable[[LoggedEvent], None] | None = None,
) -> Report:
    """`outside` are notes that were kept elsewhere; one beyond the end of the export says that it
    was cut, unless it `may_be_older`. Raises NoteInvalid for an outside note that is none.

    `on_event` gets each event as it is read, some before their block is judged: what it does must
    be undone where the report has a finding. A Damage that it raises is the finding."""
    examination = Examination(
        pinned=pinned, outside=_by_blocks(outside), older=may_be_older, on_event=on_event
    )
    finding: Finding | None = None
    try:
        examination.examine(read_lines(lines), outside)
    except Damage as damage:
        finding = damage.finding
    except Malformed as error:
        finding = Finding(kind="malformed", position=examination.next_position, sentence=str(error))
    return examination.report(finding)


def _by_blocks(notes: Sequence[str]) -> dict[int, Checkpoint]:
    found: dict[int, Checkpoint] = {}
    for note in notes:
        checkpoint, _ = parse_note(note)
        known = found.setdefault(checkpoint.blocks, checkpoint)
        if known.tree_root != checkpoint.tree_root:
            raise NoteInvalid(
                f"two checkpoints over {checkpoint.blocks} blocks contradict each other"
            )
    return found


@dataclass(slots=True, kw_only=True)
class Examination:
    pinned: Verifier | None
    outside: dict[int, Checkpoint]
    older: bool
    on_event: Callable[[LoggedEvent], None] | None = None
    manifest: Manifest | None = None
    part: Part | None = None
    key: Verifier | None = None
    checkpoint: Checkpoint | None = None
    compared: int = field(default=0)

    @property
    def next_position(self) -> int:
        return 1 if self.part is None else self.part.next_position

    def examine(self, lines: Iterator[Line], outside: Sequence[str]) -> None:
        first = next(lines, None)
        if not isinstance(first, Manifest) or first.format != FORMAT:
            raise Malformed(1, "is not the manifest of an export that this version reads")
        self.manifest = first
        self.part = (
            WholePart(self.outside)
            if first.account_id is None
            else AccountPart(self.outside, first.account_id)
        )
        self.key = self.pinned or _key(first)
        ended = False
        for line in lines:
            if ended:
                raise bad("inserted", self.next_position, "there is more after the end")
            ended = self._line(line, first, self.part)
        if not ended:
            raise bad("missing", self.next_position, "the export was cut: its end is missing")
        self._compare(outside, self.part)

    def _line(self, line: Line, manifest: Manifest, part: Part) -> bool:
        match line:
            case BlockDocument():
                part.block(line)
            case LoggedEvent():
                part.event(line)
                if self.on_event is not None:
                    self.on_event(line)
            case BlockHashes():
                part.hashes(line)
            case CheckpointNote():
                self._signed(line.note, part)
            case End():
                self._ended(line, manifest, part)
                return True
            case Manifest():
                raise bad("inserted", part.next_position, "a second manifest")
        return False

    def _signed(self, note: str, part: Part) -> None:
        """The export's own checkpoint: it must be over exactly these blocks."""
        part.finish()
        if self.key is None:
            raise bad("unsigned", 1, "there is a checkpoint but no key to check it with")
        try:
            checkpoint = self.key.open(note)
        except NoteInvalid as error:
            raise bad("unsigned", 1, f"the checkpoint is {error}") from error
        if checkpoint.blocks > part.tree.size:
            raise bad("missing", part.next_position, "the last blocks are missing")
        if checkpoint.blocks < part.tree.size:
            raise bad("inserted", checkpoint.position + 1, "there are blocks beyond the last")
        if checkpoint.tree_root != part.tree.root():
            raise bad(
                "rewritten",
                part.trusted_to + 1,
                "the blocks are not those that were signed; without more checkpoints it cannot be "
                "said which",
                last=checkpoint.position,
            )
        self.checkpoint = checkpoint

    def _ended(self, end: End, manifest: Manifest, part: Part) -> None:
        part.finish()
        if self.checkpoint is None and (part.tree.size or part.events):
            raise bad("unsigned", 1, "the checkpoint is missing")
        last = self.checkpoint.position if self.checkpoint else 0
        promised = (manifest.from_position, manifest.to_position, manifest.blocks)
        if promised != (1, last, part.tree.size):
            raise bad("missing", part.next_position, "the manifest promises another range")
        if end.events != part.events:
            raise bad(
                "missing",
                part.next_position,
                f"the export ends with {part.events} events where it had {end.events}",
            )

    def _compare(self, notes: Sequence[str], part: Part) -> None:
        """The kept checkpoints: their roots were compared on the way, their signer is now."""
        size = part.tree.size
        beyond = [n for n in self.outside if n > size]
        if beyond and not self.older:
            raise bad(
                "missing",
                self.next_position,
                f"the checkpoint you hold reaches position {self.outside[max(beyond)].position}, "
                "the export does not: its end is missing (or it is older: then say --older)",
            )
        for note in notes:
            try:
                if self.key is not None:
                    self.key.open(note)
            except NoteInvalid as error:
                raise bad("unsigned", 1, f"the checkpoint you hold is {error}") from error
        self.compared = len(self.outside) - len(beyond)

    def report(self, finding: Finding | None) -> Report:
        part = self.part
        return Report(
            finding=finding,
            account_id=self.manifest.account_id if self.manifest else None,
            events=part.events if part else 0,
            streams=part.streams if part else 0,
            blocks=part.tree.size if part else 0,
            to_position=self.checkpoint.position if self.checkpoint else 0,
            key=self.key.fingerprint if self.key else None,
            sealed_at=self.checkpoint.sealed_at if self.checkpoint else None,
            trust=self._trust(),
            outside=self.compared,
        )

    def _trust(self) -> str:
        if self.pinned is None and not self.compared:
            return SELF_SIGNED
        reasons = []
        if self.pinned is not None:
            reasons.append("the key you gave")
        if self.compared:
            reasons.append(f"{self.compared} checkpoint(s) kept elsewhere")
        return "by " + " and ".join(reasons)


def _key(manifest: Manifest) -> Verifier | None:
    if manifest.public_key is None:
        return None
    try:
        return Verifier.parse(manifest.public_key)
    except KeyInvalid as error:
        raise bad("unsigned", 1, f"the manifest's key is {error}") from error

"""Values of an export's lines as bytes and blocks; and what is said of a line that is damaged."""

from dataclasses import dataclass

from shared.eventstore.messages import Recorded
from shared.proof.block import BLOCK_EVENTS_MAX, Block, entry_hash
from shared.proof.export_format import text_of
from shared.proof.merkle import HASH_BYTES
from shared.queries.integrity import BlockDocument, LoggedEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`position` is the first bad one; with `last_position`, the first bad one is among these."""

    kind: str
    position: int
    sentence: str
    last_position: int | None = None


class Damage(Exception):
    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.sentence)
        self.finding = finding


def bad(kind: str, position: int, sentence: str, *, last: int | None = None) -> Damage:
    return Damage(Finding(kind=kind, position=position, sentence=sentence, last_position=last))


def hash_of(event: LoggedEvent, position: int | None = None) -> bytes:
    leaf = bytes_of(event.leaf, event.position)
    at = event.recorded_at
    if at.tzinfo is None:
        raise bad("changed", event.position, "the time has no zone")
    return entry_hash(event.position if position is None else position, at, leaf)


def block_of(document: BlockDocument, position: int) -> Block:
    block = Block(
        number=document.number,
        first_position=document.first_position,
        last_position=document.last_position,
        root=bytes_of(document.root, position),
        previous_hash=bytes_of(document.previous_hash, position),
    )
    if not 0 < block.size <= BLOCK_EVENTS_MAX or block.hash != bytes_of(document.hash, position):
        raise bad("changed", position, f"block {block.number} does not hash to its hash")
    return block


def bytes_of(text: str, position: int) -> bytes:
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if len(value) != HASH_BYTES:
        raise bad("changed", position, "a hash is not one")
    return value


def hashes_of(text: str, position: int) -> list[bytes]:
    digits = 2 * HASH_BYTES
    return [bytes_of(text[i : i + digits], position) for i in range(0, len(text), digits)]


def recorded_of(event: LoggedEvent) -> Recorded:
    return Recorded(
        position=event.position,
        recorded_at=event.recorded_at,
        account_id=event.account_id,
        stream=event.stream,
        stream_type=event.stream_type,
        version=event.version,
        event_id=event.event_id,
        type=event.type,
        schema_version=event.schema_version,
        command_id=event.command_id,
        correlation_id=event.correlation_id,
        causation_id=event.causation_id,
        actor=event.actor,
        credential_id=event.credential_id,
        surface=event.surface,
        reason=event.reason,
        data=text_of(event),
        leaf=bytes_of(event.leaf, event.position),
    )

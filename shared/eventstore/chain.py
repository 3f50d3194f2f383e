"""The hash chain of a stream: each event's leaf covers the event and the leaf before it.

The writer makes the leaf from what it has just read, so the chain costs no lock. Every field is
written with its length, else ("ab", "c") and ("a", "bc") would hash alike; None differs from "".
Position and time are given by the database later and are covered by the sealed blocks instead.
"""

import hashlib
from collections.abc import Iterable
from struct import pack

from shared.eventstore.failures import ChainBroken, InvalidCommit
from shared.eventstore.messages import Commit, NewEvent, Recorded

_ABSENT = b"\xff\xff\xff\xff"


def leaves_of(commit: Commit) -> tuple[tuple[str, bytes], ...]:
    """(event id, leaf) of each event of the commit, in order."""
    envelope = _envelope(commit)
    made: list[tuple[str, bytes]] = []
    leaf = commit.previous_leaf
    for version, event in enumerate(commit.events, start=commit.expected + 1):
        event_id = _event_id(commit, version)
        leaf = _leaf(envelope, version, event_id, event, leaf)
        made.append((event_id, leaf))
    return tuple(made)


def verify(
    events: Iterable[Recorded], *, previous: bytes | None = None, version: int = 0
) -> bytes | None:
    """Check events of one stream that follow `version`, in order; answers the last leaf.

    It shows an edited, missing or added event. A rewrite of a whole tail with new leaves is
    shown only by the signed blocks, whose checkpoints lie outside this database."""
    leaf = previous
    for event in events:
        version += 1
        written = NewEvent(type=event.type, schema_version=event.schema_version, data=event.data)
        leaf = _leaf(_envelope(event), version, event.event_id, written, leaf)
        if event.version != version or event.leaf != leaf:
            raise ChainBroken(event.stream, version)
    return leaf


def _envelope(source: Commit | Recorded) -> bytes:
    causation = source.causation_id
    return b"".join(
        (
            _text(source.account_id),
            _text(source.stream),
            _text(source.stream_type),
            _uuid(source.command_id),
            _uuid(source.correlation_id),
            b"\x00" if causation is None else b"\x01" + _uuid(causation),
            _text(source.actor),
            _text(source.credential_id),
            _text(source.surface),
            _text(source.reason),
        )
    )


def _event_id(commit: Commit, version: int) -> str:
    """A UUID (version 8) out of what is unique in a log, so that a retry makes the same id."""
    place = _text(commit.stream) + pack("!i", version) + _uuid(commit.command_id)
    digest = bytearray(hashlib.sha256(b"event" + place).digest()[:16])
    digest[6] = (digest[6] & 0x0F) | 0x80
    digest[8] = (digest[8] & 0x3F) | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _leaf(
    envelope: bytes, version: int, event_id: str, event: NewEvent, previous: bytes | None
) -> bytes:
    return hashlib.sha256(
        b"".join(
            (
                b"\x00",
                envelope,
                pack("!i", version),
                _uuid(event_id),
                _text(event.type),
                pack("!i", event.schema_version),
                hashlib.sha256(event.data.encode()).digest(),
                _ABSENT if previous is None else previous,
            )
        )
    ).digest()


def _text(value: str | None) -> bytes:
    if value is None:
        return _ABSENT
    encoded = value.encode()
    return pack("!i", len(encoded)) + encoded


def _uuid(value: str) -> bytes:
    try:
        identifier = bytes.fromhex(value.replace("-", ""))
    except ValueError as error:
        raise InvalidCommit(f"not a UUID: {value!r}") from error
    if len(identifier) != 16:
        raise InvalidCommit(f"not a UUID: {value!r}")
    return identifier

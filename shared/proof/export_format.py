"""The lines of an export (NDJSON): what each kind says, written and read.

A whole log: manifest, then each block before its events, the checkpoint, the end. One account: the
blocks come without entries and each event has its path; the hashes of all blocks follow, so that
the checkpoint, and any older one that somebody holds, can be checked. Reading keeps one line.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import orjson

from shared.envelope.codec import Undecodable, decode_object
from shared.queries.integrity import BlockDocument, LoggedEvent

FORMAT = "chronoplane-export/1"
# An event has at most 512 KiB, which escaping can at most double.
LINE_BYTES_MAX = 4 * 1024 * 1024

_PROOF = ("block_number", "path")
_RECORDED = tuple(f.name for f in fields(LoggedEvent) if f.name not in (*_PROOF, "is_base64"))


class Malformed(ValueError):
    """Not a line of an export; says which line and what is wrong, never its values."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line} {why}")
        self.line = line
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`account_id` None: everything. `public_key` is the exporter's word: pin your own."""

    format: str
    account_id: str | None
    from_position: int
    to_position: int
    blocks: int
    public_key: str | None
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockHashes:
    """Of the blocks from `first` on, one after another."""

    first: int
    hashes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointNote:
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Without it the file was cut."""

    events: int


Line = Manifest | BlockDocument | LoggedEvent | BlockHashes | CheckpointNote | End

_KINDS: dict[str, Any] = {
    "manifest": Manifest,
    "block": BlockDocument,
    "event": LoggedEvent,
    "hashes": BlockHashes,
    "checkpoint": CheckpointNote,
    "end": End,
}
_NAMES = {cls: name for name, cls in _KINDS.items()}


def line_of(line: Line) -> bytes:
    document: dict[str, Any] = {"kind": _NAMES[type(line)]}
    if isinstance(line, LoggedEvent):
        document |= {name: getattr(line, name) for name in _RECORDED}
        document["data"] = text_of(line)
        if line.block_number is not None:
            document |= {name: getattr(line, name) for name in _PROOF}
    else:
        document |= {field.name: getattr(line, field.name) for field in fields(line)}
    return orjson.dumps(document, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)


def read_lines(lines: Iterable[bytes]) -> Iterator[Line]:
    """Raises Malformed. `lines` may be a binary file; a line of any length is not read whole."""
    for number, line in enumerate(_bounded(lines), start=1):
        try:
            document = orjson.loads(line)
            cls = _KINDS[document.pop("kind")]
            unknown = document.keys() - cls.__dataclass_fields__.keys()
        except (ValueError, KeyError, AttributeError, TypeError):
            raise Malformed(number, "is not a line of an export") from None
        if unknown:
            # Nothing vouches for it, so it must not look as if the export said it.
            raise Malformed(number, "has a field that no export has")
        try:
            yield decode_object(cls, document)
        except Undecodable as error:
            raise Malformed(number, f"is {error}") from None


def text_of(event: LoggedEvent) -> str:
    """The data as it was hashed."""
    if not event.is_base64:
        return event.data
    try:
        return base64.b64decode(event.data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Undecodable("data that is not base64") from error


def _bounded(lines: Iterable[bytes]) -> Iterator[bytes]:
    readline = getattr(lines, "readline", None)
    if readline is None:
        yield from lines
        return
    number = 0
    while line := readline(LINE_BYTES_MAX):
        number += 1
        if len(line) == LINE_BYTES_MAX:
            raise Malformed(number, f"is longer than {LINE_BYTES_MAX} bytes")
        yield line

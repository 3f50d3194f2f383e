"""What goes into the event store and what comes out: commits, verdicts, recorded events.

A verdict is a value: one command's conflict never raises and never disturbs its batch. Event data
is kept as the JSON text that was hashed, never as a parsed document.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    type: str
    schema_version: int
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimOp:
    """Take or release (space, key) for the commit's stream, which may hold it already.

    `bound` holds nothing: its key is `<most>:<prefix>`, and the commit is a conflict where as many
    keys of the space begin with that prefix already."""

    op: Literal["take", "release", "bound"]
    space: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRow:
    id: str
    account_id: str
    owner_id: str
    key_version: int
    nonce: bytes
    ciphertext: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One decided command. `expected` is the version that was read: 0 for a stream not yet there.

    No events is allowed: it stores the answer (a rejection under an idempotency key, or "already
    so") and still fails with a conflict when the stream has moved since it was read.
    `command_id` and `correlation_id` are UUIDs; the stored answer is found by (actor, command id).
    `previous_leaf` is `Past.leaf`. `expires_at` None keeps the stored answer for a week.
    """

    account_id: str
    stream: str
    stream_type: str
    expected: int
    command_id: str
    fingerprint: bytes | None
    correlation_id: str
    causation_id: str | None
    actor: str
    credential_id: str | None
    surface: str
    reason: str | None
    epoch: int | None
    events: tuple[NewEvent, ...]
    claims: tuple[ClaimOp, ...]
    secrets: tuple[SecretRow, ...]
    result: str | None
    previous_leaf: bytes | None
    rejected: bool = False
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """`position` is that of the last event, or the log's head when there was none to append."""

    position: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """This command was answered before: nothing was appended, the first answer is handed back."""

    position: int
    version: int
    result: str | None
    rejected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyReused:
    """The command id is known, with another fingerprint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """`version` is the stream's actual one: read again and decide again."""

    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimTaken:
    """`holder` is the stream that has it."""

    space: str
    key: str
    holder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochStale:
    """Somebody else leads by now; what this one decided no longer counts."""


Verdict = Appended | Replayed | KeyReused | Conflict | ClaimTaken | EpochStale


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    fingerprint: bytes | None
    position: int
    version: int
    result: str | None
    rejected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    position: int
    recorded_at: datetime
    account_id: str
    stream: str
    stream_type: str
    version: int
    event_id: str
    type: str
    schema_version: int
    command_id: str
    correlation_id: str
    causation_id: str | None
    actor: str
    credential_id: str | None
    surface: str
    reason: str | None
    data: str
    leaf: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A stream as it was read. `version`, `leaf` and `account_id` are those of its head, also
    when `after_version` left the events out."""

    events: tuple[Recorded, ...]
    version: int
    leaf: bytes | None
    account_id: str | None

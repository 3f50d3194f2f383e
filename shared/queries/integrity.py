"""Evidence and the log itself: what an export is made of. Hashes are hexadecimal."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class GetIntegrity:
    """How far the log is sealed, by which key, and what the last verification found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationDocument:
    """The sealer's last full pass. `bad_position` None: all as it was sealed."""

    at: datetime
    to_position: int
    bad_position: int | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrityDocument:
    """`checkpoint` is the newest one, a signed note; None (and 0 blocks) before the first."""

    head: int
    sealed_to: int
    blocks: int
    checkpoint: str | None
    public_key: str | None
    verification: VerificationDocument | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetProof:
    """That the event at `position` is in the log, by the checkpoint of its own block."""

    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockDocument:
    """`entries` are the hashes of all entries of the block, one after another, where asked for."""

    number: int
    first_position: int
    last_position: int
    root: str
    previous_hash: str
    hash: str
    entries: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofDocument:
    """entry hash + `path` → `block.root` → `block.hash`, which `checkpoint` names and signs."""

    position: int
    event_id: str
    recorded_at: datetime
    leaf: str
    block: BlockDocument
    path: tuple[str, ...]
    checkpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GetConsistency:
    """That the checkpoint over `new_blocks` (None: the newest) begins with the older one."""

    old_blocks: int
    new_blocks: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsistencyDocument:
    old_checkpoint: str
    new_checkpoint: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLog:
    """Full events after a position, oldest first: of one account, or (installation's admin only)
    of all. `until` ends the reading; `types` narrow it, which breaks the streams' chains."""

    account_id: str | None
    after: int = 0
    until: int | None = None
    limit: int = 1000
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEvent:
    """All that was recorded. `data` is the text that was hashed; a long one travels as base64,
    because escaping could double it beyond what the bus carries.

    In a reading of one account, `block_number` and `path` show it to be in that sealed block."""

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
    leaf: str
    data: str
    is_base64: bool = False
    block_number: int | None = None
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """At most 256 KiB, or one event. `blocks` are those that the events' paths lead to.

    `next_after` None: nothing follows up to `until`."""

    events: tuple[LoggedEvent, ...]
    blocks: tuple[BlockDocument, ...]
    next_after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListBlocks:
    """Blocks after a number, without their entries unless asked (installation's admin only)."""

    after: int = 0
    until: int | None = None
    entries: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockPage:
    items: tuple[BlockDocument, ...]
    next_after: int | None


ImportState = Literal["receiving", "checking", "done", "refused", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GetImport:
    """For the installation's admin, as are all questions about imports."""

    import_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportDocument:
    """`code` and `message` say why it was refused (or failed), with the `line` of the file and the
    `position` in its log where one is to blame. The rest is what was taken in, once it is done."""

    id: str
    state: ImportState
    begun_at: datetime
    code: str | None = None
    message: str | None = None
    line: int | None = None
    position: int | None = None
    is_conflict: bool = False
    of_account: str | None = None
    events: int = 0
    streams: int = 0
    first_position: int | None = None
    last_position: int | None = None
    sha256: str | None = None
    key: str | None = None
    trust: str | None = None
    deploys: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ListImports:
    """Newest first."""

    page: int = 1
    per_page: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPage:
    items: tuple[ImportDocument, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GetImportedPosition:
    """Where the event is now that was at `origin` in the log it came from."""

    import_id: str
    origin: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedPosition:
    origin: int
    position: int

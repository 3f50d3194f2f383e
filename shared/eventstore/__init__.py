"""The record: one append-only log of events, its claims, stored answers and secrets."""

from shared.eventstore.failures import (
    ChainBroken,
    EventStoreFailure,
    EventTooLarge,
    InconsistentCommit,
    InvalidCommit,
    LogHole,
    OutcomeUnknown,
    StoreFull,
    StoreUnavailable,
)
from shared.eventstore.interface import Store
from shared.eventstore.memory import MemoryStore
from shared.eventstore.messages import (
    Appended,
    ClaimOp,
    ClaimTaken,
    Commit,
    Conflict,
    EpochStale,
    KeyReused,
    NewEvent,
    Past,
    Recorded,
    Replayed,
    SecretRow,
    StoredAnswer,
    Verdict,
)
from shared.eventstore.postgres import EventStore

__all__ = [
    "Appended",
    "ChainBroken",
    "ClaimOp",
    "ClaimTaken",
    "Commit",
    "Conflict",
    "EpochStale",
    "EventStore",
    "EventStoreFailure",
    "EventTooLarge",
    "InconsistentCommit",
    "InvalidCommit",
    "KeyReused",
    "LogHole",
    "MemoryStore",
    "NewEvent",
    "OutcomeUnknown",
    "Past",
    "Recorded",
    "Replayed",
    "SecretRow",
    "Store",
    "StoreFull",
    "StoreUnavailable",
    "StoredAnswer",
    "Verdict",
]

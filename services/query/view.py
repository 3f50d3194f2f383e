"""What a view is: a pure projection, answers to its questions, SQL files beside both.

A projection says which writes follow from an event; the runner executes them in the transaction
that moves the checkpoint, so a crash between the two is impossible and a repeat is harmless."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.query.asked import Asked
from shared.domain.rejections import Rejection
from shared.envelope.event import EventEnvelope


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """`statement` names a file of the view's sql folder. Writes of one `key` keep their order;
    those of different keys touch different rows and may be put together."""

    statement: str
    key: str
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A value of a row that lies in the vault: the runner puts its text there, or `erased`.

    Only rows that an erasure overwrites may hold such texts."""

    account_id: str
    secret_id: str
    erased: str | None


Projection = Callable[[Any, EventEnvelope], tuple[Write, ...]]
# Any: each answer takes its own question; the registry pairs them by type.
Answerer = Callable[[Any, Asked], Awaitable[Any | Rejection]]


def nothing_follows(event: object, envelope: EventEnvelope) -> tuple[Write, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """`streams` are the types of streams it projects: what happens in others is none of its
    business. `tables` are those it writes, all in schema `view`; none means that it is no
    projection. `reads` are the views whose positions its answers are true for. `looks_up` names the
    indexes by which its own writes find rows: the others can wait until a version is built; None
    where all are kept meanwhile."""

    name: str
    sql: Path
    answers: Mapping[type, Answerer]
    reads: tuple[str, ...]
    streams: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    project: Projection = field(default=nothing_follows)
    looks_up: tuple[str, ...] | None = None

"""One batch of events into one or more versions of views: one transaction, checkpoint first.

Writes of different keys are put together by statement, so that a batch is a handful of prepared
executions; writes of one key keep their order. A batch that the database refuses is repeated one
event at a time, and the event that is refused alone parks its stream."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import psycopg
from psycopg import AsyncConnection, AsyncCursor

from services.query.checkpoints import ADVANCE, PARK, Version
from services.query.together import form_of
from services.query.view import Sealed, Write
from shared.envelope.codec import Undecodable
from shared.envelope.event import EventEnvelope

log = logging.getLogger(__name__)

Rows = list[Mapping[str, Any]]  # Any: a column's value
Writes = list[tuple[Version, Write]]
Parked = dict[str, set[str]]  # By the name of a view: its parked streams.

TOGETHER_MIN = 3

# What an event can do to a projection without the database or the network being at fault.
_FAULTS_OF_EVENTS = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.ProgrammingError,
    psycopg.NotSupportedError,
)
_FAULTS_OF_PROJECTIONS = (
    Undecodable,
    TypeError,
    ValueError,
    KeyError,
    AttributeError,
    AssertionError,  # An event that this version of the projection does not know.
)


class CheckpointMoved(Exception):
    """Somebody else projects, or has swapped a version: read where things stand and go on there."""


class Vault(Protocol):
    async def read(self, wanted: Iterable[tuple[str, str]]) -> dict[str, str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Park:
    version: Version
    event: EventEnvelope
    error: str


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one statement, no two of one key. `many` is its own text for many rows, if any."""

    text: str
    many: str | None
    rows: Rows


@dataclass(frozen=True, slots=True)
class Execution:
    """A statement and what it is executed with, in order: arrays of many rows are one."""

    text: str
    rows: Sequence[Mapping[str, Any]]


async def apply(
    connection: AsyncConnection,
    versions: Sequence[Version],
    events: Sequence[EventEnvelope],
    vault: Vault,
) -> list[Park]:
    """All versions stand before the first event and end behind the last. Answers what it parked."""
    writes, parks = project(versions, events)
    groups = grouped(await opened(writes, vault))
    executions = [await execution_of(connection, group) for group in groups]
    return await put(connection, versions, events, executions, parks, vault)


async def put(
    connection: AsyncConnection,
    versions: Sequence[Version],
    events: Sequence[EventEnvelope],
    executions: Sequence[Execution],
    parks: list[Park],
    vault: Vault,
) -> list[Park]:
    """The same for what was projected before."""
    try:
        await _commit(connection, versions, events, executions, parks)
    except psycopg.errors.SerializationFailure as error:
        raise CheckpointMoved(str(error)) from error
    except _FAULTS_OF_EVENTS as error:
        if len(events) == 1:
            return await _apply_alone(connection, versions, events[0], vault)
        log.warning("batch_refused", extra={"events": len(events), "error": str(error)})
        parks = []
        for event in events:
            parks += await apply(connection, versions, (event,), vault)
        return parks
    _moved(versions, events, parks)
    return parks


def project(
    versions: Sequence[Version],
    events: Sequence[EventEnvelope],
    parked_ahead: Parked | None = None,
) -> tuple[Writes, list[Park]]:
    """Pure but for the parked sets: a parked stream's later events wait as well. Who projects ahead
    of what is written keeps the streams parked on the way in `parked_ahead`."""
    writes: Writes = []
    parks: list[Park] = []
    parked = {} if parked_ahead is None else parked_ahead
    for version in versions:
        parked.setdefault(version.view.name, set()).update(version.parked)
    concerned = _by_stream_type(versions)
    for envelope in events:
        stream = envelope.stream
        event: Any = None
        for version in concerned.get(stream.partition("-")[0], ()):
            if stream in parked[version.view.name]:
                continue
            if event is None:
                event = _decoded(envelope)
            try:
                if isinstance(event, Undecodable):
                    raise event
                for write in version.view.project(event, envelope):
                    writes.append((version, write))
            except _FAULTS_OF_PROJECTIONS as error:
                parked[version.view.name].add(stream)
                parks.append(Park(version=version, event=envelope, error=repr(error)))
    return writes, parks


def _by_stream_type(versions: Sequence[Version]) -> dict[str, list[Version]]:
    concerned: dict[str, list[Version]] = {}
    for version in versions:
        for stream_type in version.view.streams:
            concerned.setdefault(stream_type, []).append(version)
    return concerned


async def opened(writes: Writes, vault: Vault) -> Writes:
    """The same with the texts of the vault in their places; one look for all of them."""
    sealed = [write for _, write in writes if Sealed in map(type, write.row.values())]
    if not sealed:
        return writes
    wanted = {
        (value.account_id, value.secret_id)
        for write in sealed
        for value in write.row.values()
        if isinstance(value, Sealed)
    }
    texts = await vault.read(wanted)
    return [
        (version, replace(write, row=_opened_row(write.row, texts))) for version, write in writes
    ]


def _opened_row(row: Mapping[str, Any], texts: Mapping[str, str]) -> Mapping[str, Any]:
    return {
        name: texts.get(value.secret_id, value.erased) if isinstance(value, Sealed) else value
        for name, value in row.items()
    }


def _decoded(envelope: EventEnvelope) -> Any:
    """The event, or why it is none: each view concerned parks it by itself."""
    try:
        return envelope.decoded()
    except Undecodable as error:
        return error


def grouped(writes: Writes) -> list[Group]:
    """Executions in order: the n-th write of every key together, by statement."""
    depths: dict[tuple[str, str], int] = {}
    groups: dict[tuple[int, str], Group] = {}
    for version, write in writes:
        depth = 0
        if write.key:
            key = (version.view.name, write.key)
            depth = depths.get(key, 0)
            depths[key] = depth + 1
        text = version.statements.write(write.statement)
        group = groups.get((depth, text))
        if group is None:
            many = version.statements.many(write.statement)
            group = groups[depth, text] = Group(text, many, [])
        group.rows.append(write.row)
    return [groups[place] for place in sorted(groups, key=lambda place: place[0])]


async def execution_of(connection: AsyncConnection, group: Group) -> Execution:
    """For a few rows it is not worth an arrays' trouble."""
    form = None
    if len(group.rows) >= TOGETHER_MIN:
        form = await form_of(connection, group.text, group.many)
    if form is None:
        return Execution(group.text, group.rows)
    return Execution(form.text, [form.parameters(group.rows)])


async def _commit(
    connection: AsyncConnection,
    versions: Sequence[Version],
    events: Sequence[EventEnvelope],
    executions: Sequence[Execution],
    parks: Sequence[Park],
) -> None:
    async with connection.pipeline(), connection.transaction(), connection.cursor() as cursor:
        await cursor.execute(ADVANCE, _advance(versions, events))
        for execution in executions:
            await _execute(cursor, execution.text, execution.rows)
        await _execute(cursor, PARK, [_parked(park) for park in parks])


async def _execute(cursor: AsyncCursor[Any], text: str, rows: Sequence[Mapping[str, Any]]) -> None:
    # One row by itself spares the pipeline a round trip that `executemany` makes.
    if len(rows) == 1:
        await cursor.execute(text, rows[0])
    elif rows:
        await cursor.executemany(text, rows)


async def _apply_alone(
    connection: AsyncConnection, versions: Sequence[Version], event: EventEnvelope, vault: Vault
) -> list[Park]:
    """Each version in a savepoint of its own: what one cannot take the others still get."""
    parks: list[Park] = []
    async with connection.transaction(), connection.cursor() as cursor:
        await cursor.execute(ADVANCE, _advance(versions, (event,)))
        for version in versions:
            writes, refused = project((version,), (event,))
            parks += refused
            writes = await opened(writes, vault)
            try:
                async with connection.transaction():
                    for group in grouped(writes):
                        await _execute(cursor, group.text, group.rows)
            except _FAULTS_OF_EVENTS as error:
                parks.append(Park(version=version, event=event, error=str(error)))
        for park in parks:
            await cursor.execute(PARK, _parked(park))
    _moved(versions, (event,), parks)
    return parks


def _moved(
    versions: Sequence[Version], events: Sequence[EventEnvelope], parks: Sequence[Park]
) -> None:
    for version in versions:
        version.position = events[-1].position
    for park in parks:
        park.version.parked.add(park.event.stream)
        log.error(
            "stream_parked",
            extra={
                "view": park.version.view.name,
                "version": park.version.number,
                "stream": park.event.stream,
                "position": park.event.position,
                "type": park.event.type,
                "error": park.error[:500],
            },
        )


def _advance(versions: Sequence[Version], events: Sequence[EventEnvelope]) -> dict[str, Any]:
    return {
        "views": [version.view.name for version in versions],
        "versions": [version.number for version in versions],
        "from": events[0].position - 1,
        "to": events[-1].position,
    }


def _parked(park: Park) -> dict[str, Any]:
    return {
        "view": park.version.view.name,
        "version": park.version.number,
        "stream": park.event.stream,
        "position": park.event.position,
        "type": park.event.type,
        "error": park.error[:2000],
    }

"""Reads the events of a thing and folds them: one pass gives states, changes and blame."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC

from services.query.asked import Asked, Row
from services.query.views.audit.changes import Blame, Operation, operations
from services.query.views.audit.personal import readable
from services.query.views.audit.states import Json, after, shown
from services.query.views.audit.words import name_of_actor, sentence
from shared.domain.catalog import EVENTS
from shared.domain.rejections import Invalid
from shared.envelope.codec import Undecodable, encode
from shared.envelope.event import decode_event
from shared.kernel.json import loads
from shared.queries.audit import AuditEvent, Instant

CHUNK = 2000
# What may own secrets.
OWNERS = frozenset({"service", "principal", "project", "webhook"})


@dataclass(slots=True)
class Folded:
    """`changes[n]` are the operations of `events[n]`."""

    state: Json = field(default_factory=dict)
    events: list[AuditEvent] = field(default_factory=list)
    changes: list[tuple[Operation, ...]] = field(default_factory=list)
    blame: Blame = field(default_factory=Blame)

    def take(self, event: AuditEvent) -> None:
        before = self.state
        self.state = after(before, event.type, event.data)
        made = tuple(operations(before, self.state))
        for operation in made:
            self.blame.note(operation, len(self.events))
        self.events.append(event)
        self.changes.append(made)

    def event(self, number: int) -> AuditEvent:
        return replace(
            self.events[number], changed=tuple(each.path for each in self.changes[number])
        )


async def fold(kind: str, id_: str, asked: Asked, *, until: int) -> Folded:
    folded = Folded()
    async for event in events_of(kind, id_, asked, until=until):
        folded.take(event)
    return folded


async def events_of(kind: str, id_: str, asked: Asked, *, until: int) -> AsyncIterator[AuditEvent]:
    """In order; what was done to its secrets is on a stream of the vault, and belongs here too."""
    erasures: list[Row] = []
    if kind in OWNERS:
        erasures = await _page(f"vault-{id_}", asked, after=0, until=until)
    position = 0
    while True:
        if kind == "service":
            span = {"after": position, "until": until, "limit": CHUNK}
            rows = await asked.rows("list_events_of_service", id=id_, **span)
        else:
            rows = await _page(f"{kind}-{id_}", asked, after=position, until=until)
        is_last = len(rows) < CHUNK
        for event in await readable([event_of(row, asked) for row in rows], asked):
            while erasures and erasures[0][0] < event.position:
                yield event_of(erasures.pop(0), asked)
            yield event
        if is_last:
            break
        position = rows[-1][0]
    for row in erasures:
        yield event_of(row, asked)


async def _page(stream: str, asked: Asked, *, after: int, until: int) -> list[Row]:
    return await asked.rows(
        "list_events_of_stream", stream=stream, after=after, until=until, limit=CHUNK
    )


def event_of(row: Row, asked: Asked) -> AuditEvent:
    data = _data(row[6], row[7], row[15])
    return AuditEvent(
        position=row[0],
        at=row[1].astimezone(UTC),
        account_id=row[2],
        stream=row[3],
        version=row[4],
        event_id=row[5],
        type=row[6],
        schema_version=row[7],
        command_id=row[8],
        correlation_id=row[9],
        causation_id=row[10],
        actor=row[11],
        actor_name=name_of_actor(row[11], asked.index),
        credential_id=row[12],
        surface=row[13],
        reason=row[14],
        words=_words(row[6], data),
        data=data,
    )


def _data(type_: str, schema_version: int, text: str) -> Json:
    """In the newest shape where there is a way to it; else as recorded, for a reader to see."""
    known = EVENTS.get(type_)
    if known is not None and known[1] != schema_version:
        try:
            text = encode(decode_event(type_, schema_version, text)).decode()
        except Undecodable:
            return shown(loads(text))
    return shown(loads(text))


def _words(type_: str, data: Json) -> str:
    try:
        return sentence(type_, data)
    except (KeyError, TypeError):
        # A shape that nobody brought forward: its name still says something.
        return f"{type_}."


async def resolved(instant: Instant, asked: Asked, field_name: str) -> int | Invalid:
    """A past position; the future is refused as everywhere."""
    if instant.time is not None:
        if instant.time > asked.now:
            return Invalid(field=field_name, message="must not be in the future")
        rows = await asked.rows("get_position_at", time=instant.time)
        return min(int(rows[0][0]), asked.moment.position)
    if instant.position is None:
        return asked.moment.position
    if instant.position < 0:
        return Invalid(field=field_name, message="must not be negative")
    if instant.position > asked.moment.position:
        return Invalid(field=field_name, message="is beyond the newest log position")
    return instant.position


async def mark_erased(states: Sequence[Json], account_id: str, asked: Asked) -> list[Json]:
    """States whose references to erased secrets say so: erasure reaches every past."""
    ids: set[str] = set()
    for state in states:
        _collect(state, ids)
    if not ids:
        return list(states)
    rows = await asked.rows("list_erased", account_id=account_id, ids=sorted(ids))
    erased = frozenset(row[0] for row in rows)
    return list(states) if not erased else [_marked(state, erased) for state in states]


def _collect(value: object, ids: set[str]) -> None:
    if isinstance(value, dict):
        if isinstance(secret_id := value.get("secret_id"), str):
            ids.add(secret_id)
        for inner in value.values():
            _collect(inner, ids)
    elif isinstance(value, list):
        for inner in value:
            _collect(inner, ids)


def _marked(value: Json, erased: frozenset[str]) -> Json:
    if value.get("secret_id") in erased:
        return {**value, "erased": True}
    return {
        name: _marked(inner, erased)
        if isinstance(inner, dict)
        else [_marked(each, erased) if isinstance(each, dict) else each for each in inner]
        if isinstance(inner, list)
        else inner
        for name, inner in value.items()
    }

"""Judges events of an export as the domain does: each must follow from those before it.

That they are as they were sealed is verified elsewhere; here they must be events that this version
understands, about things of their own account. Keeps the state of every stream, and what must hold
beside the events when they are in the log: claims, and references to secrets that did not travel.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from shared.domain.claim import ACCOUNT_SPACES
from shared.domain.descriptor import Aggregate
from shared.envelope.codec import Undecodable
from shared.envelope.event import decode_event
from shared.eventstore.envelope import EVENT_BYTES_MAX
from shared.eventstore.export_values import Damage, bad
from shared.proof.export_format import text_of
from shared.queries.integrity import LoggedEvent

Row = tuple[object, ...]
# What an event calls the thing it happened to, where it is not `<stream type>_id`.
_OWN_ID = {
    "api_key": "key_id",
    "vault": "owner_id",
    "scaling": "service_id",
    "watch": "service_id",
    "custom_domain": "service_id",
    "quota": "project_id",
    "node": "name",
}
_SUBJECT_TOKENS = re.compile(
    r"[A-Za-z0-9_]{1,64}\.[a-z_]{1,40}-[A-Za-z0-9_-]{1,64}\.[a-z_]+\.[a-z_]+\Z"
)
_ENVELOPE_BYTES = 4096
_ACTOR_BYTES_MAX = 1024
# What a fold raises on an event that does not go with its state.
_MISFITS = (AssertionError, AttributeError, KeyError, TypeError, ValueError)


@dataclass(slots=True, kw_only=True)
class Examiner:
    """`write` gets the row of each good event, in order; `note` each position, good or not."""

    aggregates: Mapping[str, Aggregate]
    write: Callable[[Row], None]
    note: Callable[[int], None] = lambda position: None
    claims: dict[tuple[str, str], str] = field(default_factory=dict)
    secrets: dict[str, tuple[str, str]] = field(default_factory=dict)
    _states: dict[str, Any] = field(default_factory=dict)
    _accounts: dict[str, str] = field(default_factory=dict)
    _events: int = 0
    _before: datetime | None = None

    def take(self, event: LoggedEvent) -> None:
        self.note(event.position)
        _check_texts(event)
        aggregate = self.aggregates.get(event.stream_type)
        kind, _, id_ = event.stream.partition("-")
        if aggregate is None or kind != event.stream_type:
            raise bad("unreadable", event.position, f"no stream is of the type {kind[:40]!r}")
        if self._accounts.setdefault(event.stream, event.account_id) != event.account_id:
            raise bad("inconsistent", event.position, "the stream changes its account")
        happened = self._decoded(event, aggregate)
        self._check_references(event, happened, id_)
        self._fold(event, aggregate, happened)
        self._events += 1
        self.write(_row(self._events, event))

    def _decoded(self, event: LoggedEvent, aggregate: Aggregate) -> Any:
        try:
            happened = decode_event(event.type, event.schema_version, text_of(event))
        except (Undecodable, ValueError) as error:
            raise bad(
                "unreadable", event.position, f"this version does not understand it: {error}"
            ) from error
        if not isinstance(happened, aggregate.events):
            raise bad("inconsistent", event.position, "the event belongs to another kind of stream")
        return happened

    def _check_references(self, event: LoggedEvent, happened: Any, id_: str) -> None:
        """Else a file about one account could change what is shown of another."""
        own = _OWN_ID.get(event.stream_type, f"{event.stream_type}_id")
        if id_ not in (getattr(happened, own, None), getattr(happened, "tier_id", None)):
            raise self._foreign(event, own)
        if getattr(happened, "account_id", event.account_id) != event.account_id:
            raise self._foreign(event, "account_id")
        for name, stream in _referred(event.stream_type, happened):
            if stream != event.stream and self._accounts.get(stream) != event.account_id:
                raise self._foreign(event, name)

    def _foreign(self, event: LoggedEvent, name: str) -> Damage:
        sentence = f"its {name} is not one of the same account that the export holds before it"
        return bad("inconsistent", event.position, sentence)

    def _fold(self, event: LoggedEvent, aggregate: Aggregate, happened: Any) -> None:
        state = self._states.get(event.stream, aggregate.initial)
        try:
            claims = aggregate.claims(state, happened)
            self._states[event.stream] = aggregate.evolve(state, happened)
        except _MISFITS as error:
            sentence = f"{event.type} does not follow from what came before it in {event.stream}"
            raise bad("inconsistent", event.position, sentence) from error
        for claim in claims:
            is_own = claim.space in ACCOUNT_SPACES
            key = (claim.space, f"{event.account_id}:{claim.key}" if is_own else claim.key)
            holder = self.claims.get(key)
            if claim.op == "take":
                if holder not in (None, event.stream):
                    sentence = f"{holder} holds the {claim.space} that {event.stream} takes"
                    raise bad("inconsistent", event.position, sentence)
                self.claims[key] = event.stream
            elif holder == event.stream:
                del self.claims[key]
        owner_id = event.stream.partition("-")[2]
        for secret_id in _secrets_in(orjson.loads(text_of(event))):
            self.secrets[secret_id] = (event.account_id, owner_id)


def _check_texts(event: LoggedEvent) -> None:
    """What could not be stored, or would stop the relay for ever: NULs, subjects that are none,
    events that no message holds. The append refuses the same."""
    if not _SUBJECT_TOKENS.match(f"{event.account_id}.{event.stream}.{event.type}"):
        raise bad("unreadable", event.position, "its account, stream or type is not spelled as one")
    texts = (event.actor, event.credential_id, event.surface, event.reason, event.data)
    if any(text is not None and "\x00" in text for text in texts):
        raise bad("unreadable", event.position, "there is a NUL in it")
    size = sum(len(text.encode()) for text in texts if text is not None)
    if size + _ENVELOPE_BYTES > EVENT_BYTES_MAX or len(event.actor.encode()) > _ACTOR_BYTES_MAX:
        raise bad("unreadable", event.position, f"it has {size} bytes; no event has that many")


def _referred(stream_type: str, happened: Any) -> Iterator[tuple[str, str]]:
    """(field, stream) of what the event says it is about, beside its own stream."""
    if stream_type == "webhook":
        return  # It only narrows what is shown of its own account.
    names = [("project_id", "project"), ("service_id", "service")]
    if stream_type in ("api_key", "grant"):
        names.append(("principal_id", "principal"))
    for name, kind in names:
        value = getattr(happened, name, None)
        if isinstance(value, str) and value:
            yield name, f"{kind}-{value}"


def _secrets_in(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        secret_id = value.get("secret_id")
        if isinstance(secret_id, str) and "mac" in value:
            yield secret_id
        for inner in value.values():
            yield from _secrets_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _secrets_in(inner)


COLUMNS = (
    "ord",
    "origin",
    "recorded_at",
    "account_id",
    "stream_id",
    "stream_type",
    "version",
    "event_id",
    "type",
    "schema_version",
    "command_id",
    "correlation_id",
    "causation_id",
    "actor",
    "credential_id",
    "surface",
    "reason",
    "data",
    "leaf",
)


def _row(number: int, event: LoggedEvent) -> Row:
    return (
        number,
        event.position,
        event.recorded_at,
        event.account_id,
        event.stream,
        event.stream_type,
        event.version,
        event.event_id,
        event.type,
        event.schema_version,
        event.command_id,
        event.correlation_id,
        event.causation_id,
        event.actor,
        event.credential_id,
        event.surface,
        event.reason,
        text_of(event),
        bytes.fromhex(event.leaf),
    )

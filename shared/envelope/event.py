"""An event as it travels: CloudEvents 1.0 JSON on the bus, decoded to our own type on arrival.

`sequence` is the log position and JetStream's sequence alike. Old shapes are brought forward on
decoding (upcast.py), so consumers see the newest shape only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from shared.domain.catalog import EVENTS
from shared.envelope.codec import Undecodable, decode, decode_object
from shared.envelope.upcast import Json, UnknownShape, Upcaster, Upcasters


def _as_it_was(data: Json) -> Json:
    """The newer shape only allows more: a reference where there was clear text."""
    return data


# One line per step from an old shape to the next.
STEPS: tuple[Upcaster, ...] = (
    Upcaster(type="principal.user_created", from_version=1, cast=_as_it_was),
    Upcaster(type="principal.revised", from_version=1, cast=_as_it_was),
)
UPCASTERS = Upcasters(STEPS, ((name, version) for name, (_, version) in EVENTS.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class EventEnvelope:
    """`data` is the JSON text that was hashed; `decoded()` gives the event it spells."""

    position: int
    at: datetime
    account_id: str
    stream: str
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

    @property
    def stream_type(self) -> str:
        return self.stream.partition("-")[0]

    @property
    def stream_id(self) -> str:
        return self.stream.partition("-")[2]

    def decoded(self) -> Any:
        return decode_event(self.type, self.schema_version, self.data)


def decode_event(type_: str, schema_version: int, data: str) -> Any:
    """Raises Undecodable for an unknown type, a newer version than ours, or data that is not it."""
    known = EVENTS.get(type_)
    if known is None:
        raise Undecodable(f"no event is called {type_!r:.80}")
    cls, current = known
    if schema_version == current:
        return decode(cls, data)
    try:
        return decode_object(cls, UPCASTERS.upcast(type_, schema_version, orjson.loads(data)))
    except UnknownShape as error:
        raise Undecodable(str(error)) from None


def to_cloud_event(envelope: EventEnvelope) -> bytes:
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": envelope.event_id,
            "source": f"/accounts/{envelope.account_id}",
            "type": envelope.type,
            "subject": envelope.stream,
            "time": envelope.at,
            "datacontenttype": "application/json",
            "dataschema": f"/ops/v1/schemas/{envelope.type}/{envelope.schema_version}",
            "sequence": str(envelope.position),
            "streamversion": envelope.version,
            "commandid": envelope.command_id,
            "correlationid": envelope.correlation_id,
            "causationid": envelope.causation_id,
            "actor": envelope.actor,
            "credentialid": envelope.credential_id,
            "surface": envelope.surface,
            "reason": envelope.reason,
            "data": orjson.Fragment(envelope.data),
        },
        option=orjson.OPT_UTC_Z,
    )


def from_cloud_event(body: bytes) -> EventEnvelope:
    try:
        raw = orjson.loads(body)
        return EventEnvelope(
            position=int(raw["sequence"]),
            at=datetime.fromisoformat(raw["time"]),
            account_id=raw["source"].removeprefix("/accounts/"),
            stream=raw["subject"],
            version=raw["streamversion"],
            event_id=raw["id"],
            type=raw["type"],
            schema_version=int(raw["dataschema"].rpartition("/")[2]),
            command_id=raw["commandid"],
            correlation_id=raw["correlationid"],
            causation_id=raw["causationid"],
            actor=raw["actor"],
            credential_id=raw["credentialid"],
            surface=raw["surface"],
            reason=raw["reason"],
            data=orjson.dumps(raw["data"]).decode(),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Undecodable(f"not an event of ours: {type(error).__name__}") from None

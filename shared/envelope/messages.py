"""The envelopes: around a command and its reply, around a question and its answer.

On the wire an envelope is one JSON object; its payload, named by `type`, is nested JSON under
`body`, the last field: so the payload is cut out and decoded in one pass, never parsed twice."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from shared.envelope.codec import Undecodable, class_of, decode, encode, name_of
from shared.kernel.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEnvelope:
    """`fingerprint` (hex) covers the client's body where an idempotency key made `command_id`;
    `epoch` is the scheduler's fencing number."""

    command_id: str
    actor: Actor
    surface: str
    correlation_id: str
    causation_id: str | None = None
    reason: str | None = None
    fingerprint: str | None = None
    epoch: int | None = None
    command: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """`position` of the command's last event (or the log's head where it had none).

    `subject_id` is the id of what the command landed on: on a replay, that of the first time."""

    position: int
    version: int = 0
    subject_id: str = ""
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    rejection: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """An accident on the far side: not an answer to the command. `what` is safe to show."""

    what: str


Reply = Accepted | Rejected | Broken


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionEnvelope:
    """`after`: answer only once the view has passed this position (bounded). `as_of_time` and
    `as_of_position` ask for a past moment; the answer says which position it was."""

    asker: Actor
    correlation_id: str
    after: int = 0
    as_of_time: datetime | None = None
    as_of_position: int | None = None
    question: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """`position` the answer is true for; `stale` where the view had not passed `after` in time."""

    document: Any
    position: int
    stale: bool = False


Answer = Answered | Rejected | Broken

# What is broken where a view has not come as far as was asked for and so cannot tell "not yet" from
# "not at all".
BEHIND = "ViewBehind"
# The names of what the event store raises: the database is away or has no room, which passes.
AWAY = "StoreUnavailable"
FULL = "StoreFull"
IN_DOUBT = "OutcomeUnknown"

_BODY = b',"body":'


def encode_command(envelope: CommandEnvelope) -> bytes:
    return _with_body(envelope, "command")


def decode_command(body: bytes) -> CommandEnvelope:
    return _from_body(CommandEnvelope, body, "command")  # type: ignore[no-any-return]


def encode_question(envelope: QuestionEnvelope) -> bytes:
    return _with_body(envelope, "question")


def decode_question(body: bytes) -> QuestionEnvelope:
    return _from_body(QuestionEnvelope, body, "question")  # type: ignore[no-any-return]


def encode_reply(reply: Reply | Answer) -> bytes:
    match reply:
        case Rejected():
            kind, payload = "rejected", reply.rejection
        case Answered():
            return orjson.dumps(
                {
                    "kind": "answered",
                    "position": reply.position,
                    "stale": reply.stale,
                    "type": name_of(reply.document),
                    "body": orjson.Fragment(encode(reply.document)),
                }
            )
        case Accepted():
            return b'{"kind":"accepted","body":' + encode(reply) + b"}"
        case Broken():
            return b'{"kind":"broken","body":' + encode(reply) + b"}"
    return orjson.dumps(
        {"kind": kind, "type": name_of(payload), "body": orjson.Fragment(encode(payload))}
    )


def decode_reply(body: bytes) -> Accepted | Rejected | Broken | Answered:
    raw, payload = _cut(body)
    match raw["kind"]:
        case "accepted":
            return Accepted(**orjson.loads(payload))
        case "broken":
            return Broken(**orjson.loads(payload))
        case "rejected":
            return Rejected(rejection=decode(class_of(raw["type"]), payload))
        case "answered":
            document = decode(class_of(raw["type"]), payload)
            return Answered(document=document, position=raw["position"], stale=raw["stale"])
        case other:
            return Broken(what=f"an answer of unknown kind {other!r:.40}")


def _cut(body: bytes) -> tuple[dict[str, Any], bytes]:
    """The head and the payload's JSON. The mark cannot stand inside a string: its quotes would be
    escaped there. What is spelled in another way, with other spaces say, is parsed whole."""
    at = body.find(_BODY)
    if at < 0 or not body.endswith(b"}"):
        raw = orjson.loads(body)
        if not isinstance(raw, dict):
            raise Undecodable(f"an envelope is an object, not {type(raw).__name__}")
        return raw, orjson.dumps(raw.pop("body"))
    head: dict[str, Any] = orjson.loads(body[:at] + b"}")
    return head, body[at + len(_BODY) : -1]


def _with_body(envelope: CommandEnvelope | QuestionEnvelope, field: str) -> bytes:
    payload = getattr(envelope, field)
    head = {
        name: getattr(envelope, name)
        for name in envelope.__dataclass_fields__
        if name != field and getattr(envelope, name) is not None
    }
    head["type"] = name_of(payload)
    head["body"] = orjson.Fragment(encode(payload))
    return orjson.dumps(head)


def _from_body(cls: type, body: bytes, field: str) -> Any:
    raw, payload_json = _cut(body)
    payload = decode(class_of(raw.pop("type")), payload_json)
    raw[field] = None
    envelope = decode(cls, orjson.dumps(raw))
    object.__setattr__(envelope, field, payload)
    return envelope

"""Names and addresses of persons in what is told of the past: opened for who reads about a person,
never for who takes copies away, and shown as erased once they were.

Events from before the sealing hold them in the clear. The log keeps them so, for it is append-only
and its proofs cover them; what is told of them after an erasure is the same as of sealed ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.query.asked import Asked
from shared.kernel.secrets import ERASED
from shared.queries.audit import AuditEvent

_TYPES = frozenset({"principal.user_created", "principal.revised"})
_FIELDS = ("name", "email")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """`texts` by secret; `erasures`: the last position at which a person was erased."""

    texts: Mapping[str, str] | None
    erasures: Mapping[str, int]


async def readable(events: Sequence[AuditEvent], asked: Asked) -> list[AuditEvent]:
    """For who reads about a person, as its view would show them."""
    return await _told(events, asked, opened=True)


async def to_take_away(events: Sequence[AuditEvent], asked: Asked) -> list[AuditEvent]:
    """References stay references: no erasure reaches what has left us."""
    return await _told(events, asked, opened=False)


async def _told(events: Sequence[AuditEvent], asked: Asked, *, opened: bool) -> list[AuditEvent]:
    personal = [event for event in events if _is_personal(event, asked)]
    if not personal:
        return list(events)
    texts = None
    if opened:
        texts = await asked.secrets.read(
            (event.account_id, secret_id)
            for event in personal
            for name in _FIELDS
            if (secret_id := _secret_of(event.data.get(name))) is not None
        )
    known = _Known(texts=texts, erasures=await _erasures(personal, asked))
    ids = {id(event) for event in personal}
    return [_shown(event, known) if id(event) in ids else event for event in events]


def _is_personal(event: AuditEvent, asked: Asked) -> bool:
    if event.type not in _TYPES:
        return False
    principal = asked.index.principals.get(_person_of(event))
    return principal is None or principal.kind == "user"


def _person_of(event: AuditEvent) -> str:
    return event.stream.partition("-")[2]


async def _erasures(events: Sequence[AuditEvent], asked: Asked) -> dict[str, int]:
    """Asked only where there is clear text: a key that is gone says it by itself."""
    in_the_clear = {
        _person_of(event)
        for event in events
        if any(isinstance(event.data.get(name), str) for name in _FIELDS)
    }
    if not in_the_clear:
        return {}
    streams = [f"vault-{person}" for person in sorted(in_the_clear)]
    rows = await asked.rows("list_erasures", streams=streams)
    return {row[0].partition("-")[2]: row[1] for row in rows}


def _shown(event: AuditEvent, known: _Known) -> AuditEvent:
    erased_at = known.erasures.get(_person_of(event), 0)
    shown: dict[str, Any] = dict(event.data)
    for name in _FIELDS:
        value = shown.get(name)
        if isinstance(value, str):
            shown[name] = ERASED if event.position < erased_at else value
        elif (secret_id := _secret_of(value)) is not None and known.texts is not None:
            shown[name] = known.texts.get(secret_id, ERASED)
    return replace(event, data=shown)


def _secret_of(value: object) -> str | None:
    found = value.get("secret_id") if isinstance(value, dict) else None
    return found if isinstance(found, str) else None

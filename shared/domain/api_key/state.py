"""An API key folded from its events."""

from dataclasses import dataclass
from typing import assert_never

from shared.domain.api_key.events import ApiKeyEvent, ApiKeyIssued, ApiKeyRevoked


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    key_id: str
    principal_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    key_id: str


State = Absent | Live | Revoked


def evolve(state: State, event: ApiKeyEvent) -> State:
    match event:
        case ApiKeyIssued():
            return Live(key_id=event.key_id, principal_id=event.principal_id)
        case ApiKeyRevoked():
            return Revoked(key_id=event.key_id)
        case _:
            assert_never(event)

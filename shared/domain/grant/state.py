"""A grant folded from its events."""

from dataclasses import dataclass
from typing import assert_never

from shared.domain.grant.events import GrantEvent, GrantGiven, GrantRevoked


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    principal_id: str
    action: str
    resource: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    pass


State = Absent | Live | Revoked


def evolve(state: State, event: GrantEvent) -> State:
    match event:
        case GrantGiven():
            return Live(
                principal_id=event.principal_id, action=event.action, resource=event.resource
            )
        case GrantRevoked():
            return Revoked()
        case _:
            assert_never(event)

"""A git credential folded from its events."""

from dataclasses import dataclass
from typing import assert_never

from shared.domain.git_credential.events import (
    GitCredentialAdded,
    GitCredentialEvent,
    GitCredentialRemoved,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    principal_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    pass


State = Absent | Live | Removed


def evolve(state: State, event: GitCredentialEvent) -> State:
    match event:
        case GitCredentialAdded():
            return Live(principal_id=event.principal_id)
        case GitCredentialRemoved():
            return Removed()
        case _:
            assert_never(event)

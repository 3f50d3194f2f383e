"""An import folded from its events."""

from dataclasses import dataclass
from typing import assert_never

from shared.domain.importing.events import (
    ImportBegun,
    ImportCompleted,
    ImportEvent,
    ImportRefused,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    account_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    pass


State = Absent | Begun | Ended


def evolve(state: State, event: ImportEvent) -> State:
    match event:
        case ImportBegun():
            return Begun(account_id=event.account_id)
        case ImportCompleted() | ImportRefused():
            return Ended()
        case _:
            assert_never(event)

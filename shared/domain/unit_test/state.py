"""A unit test folded from its events."""

from dataclasses import dataclass
from typing import assert_never

from shared.domain.unit_test.events import (
    UnitTestAbandoned,
    UnitTestCreated,
    UnitTestDeleted,
    UnitTestEvent,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    project_id: str
    service_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    project_id: str
    service_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandoned:
    project_id: str
    service_id: str


State = Absent | Live | Deleted | Abandoned


def evolve(state: State, event: UnitTestEvent) -> State:
    match event:
        case UnitTestCreated():
            return Live(project_id=event.project_id, service_id=event.service_id, name=event.name)
        case UnitTestDeleted():
            return Deleted(project_id=event.project_id, service_id=event.service_id)
        case UnitTestAbandoned():
            return Abandoned(project_id=event.project_id, service_id=event.service_id)
        case _:
            assert_never(event)

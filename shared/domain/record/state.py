"""A record folded from its events."""

from dataclasses import dataclass, replace
from typing import assert_never

from shared.domain.record.commands import RecordKind
from shared.domain.record.events import (
    RecordDeclared,
    RecordEvent,
    RecordRevised,
    RecordVersionAdded,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """`versions` is the number of the newest; 0 where there is none yet."""

    project_id: str
    kind: RecordKind
    name: str
    description: str
    versions: int = 0
    is_deprecated: bool = False


State = Absent | Live


def evolve(state: State, event: RecordEvent) -> State:
    if isinstance(event, RecordDeclared):
        return Live(
            project_id=event.project_id,
            kind=event.kind,
            name=event.name,
            description=event.description,
        )
    assert isinstance(state, Live), "a change of a record that is not there"
    match event:
        case RecordRevised():
            return replace(
                state,
                name=event.name,
                description=event.description,
                is_deprecated=event.is_deprecated,
            )
        case RecordVersionAdded():
            return replace(state, versions=event.number)
        case _:
            assert_never(event)

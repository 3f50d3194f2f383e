"""A node folded from its events. A name that was removed may be declared again."""

from dataclasses import dataclass, replace
from typing import assert_never

from shared.domain.node.events import (
    NodeDeclared,
    NodeDetected,
    NodeDrainRequested,
    NodeEvent,
    NodeRemoved,
    NodeRevised,
)
from shared.domain.node.parts import OPEN, Capacity, Kind, Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    kind: Kind
    region: str
    capacity: Capacity
    purpose: Purpose = OPEN
    is_draining: bool = False
    overcommits: bool = False


State = Absent | Known


def evolve(state: State, event: NodeEvent) -> State:
    match event:
        case NodeDeclared():
            return Known(
                kind=event.kind,
                region=event.region,
                capacity=event.capacity,
                purpose=event.purpose,
            )
        case NodeDetected():
            seen = Known(
                kind="detected",
                region=event.region,
                capacity=event.capacity,
                overcommits=event.overcommits,
            )
            if isinstance(state, Absent):
                return seen
            return replace(seen, purpose=state.purpose, is_draining=state.is_draining)
        case NodeRemoved():
            return Absent()
    assert isinstance(state, Known), "a change of a node that is not there"
    match event:
        case NodeRevised():
            return replace(
                state,
                region=event.region,
                capacity=event.capacity,
                purpose=event.purpose,
                is_draining=state.is_draining and event.purpose.is_cordoned,
            )
        case NodeDrainRequested():
            purpose = replace(state.purpose, is_cordoned=True)
            return replace(state, purpose=purpose, is_draining=True)
        case _:
            assert_never(event)

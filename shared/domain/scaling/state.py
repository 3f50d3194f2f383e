"""A service's scaling folded from its events."""

from dataclasses import dataclass, field, replace
from typing import assert_never

from shared.domain.scaling.events import (
    PlacementChanged,
    ScalingDecided,
    ScalingEvent,
    ScalingPolicyRevised,
)
from shared.domain.scaling.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Of a service whose scaling was never spoken of `project_id` is None."""

    project_id: str | None = None
    policy: Policy = field(default_factory=Policy)
    decided_at: float = 0.0
    unplaced: str = ""


def evolve(state: State, event: ScalingEvent) -> State:
    match event:
        case ScalingPolicyRevised():
            return replace(state, project_id=event.project_id, policy=event.policy)
        case ScalingDecided():
            return replace(state, project_id=event.project_id, decided_at=event.at)
        case PlacementChanged():
            return replace(state, project_id=event.project_id, unplaced=event.why)
        case _:
            assert_never(event)

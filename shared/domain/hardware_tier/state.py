"""A hardware tier folded from its events."""

from dataclasses import dataclass, replace
from typing import assert_never

from shared.domain.hardware_tier.events import (
    HardwareTierArchived,
    HardwareTierCreated,
    HardwareTierEvent,
    HardwareTierRevised,
)
from shared.domain.hardware_tier.tier import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    tier: Tier
    is_archived: bool = False


State = Absent | Known


def evolve(state: State, event: HardwareTierEvent) -> State:
    if isinstance(event, HardwareTierCreated):
        return Known(tier=event.tier)
    assert isinstance(state, Known), "a change of a tier that is not there"
    match event:
        case HardwareTierRevised():
            return replace(state, tier=event.tier)
        case HardwareTierArchived():
            return replace(state, is_archived=True)
        case _:
            assert_never(event)

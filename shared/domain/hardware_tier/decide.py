"""The rules of hardware tiers."""

from dataclasses import fields
from typing import assert_never

from shared.domain.facts import Facts
from shared.domain.hardware_tier.commands import (
    ArchiveHardwareTier,
    CreateHardwareTier,
    HardwareTierCommand,
    ReviseHardwareTier,
)
from shared.domain.hardware_tier.events import (
    HardwareTierArchived,
    HardwareTierCreated,
    HardwareTierEvent,
    HardwareTierRevised,
)
from shared.domain.hardware_tier.state import Absent, Known, State
from shared.domain.hardware_tier.tier import TIER_ID, Tier, wrong_field
from shared.domain.rejections import Conflicting, Invalid, NotFound, Rejection

Decision = tuple[HardwareTierEvent, ...] | Rejection


def decide(command: HardwareTierCommand, state: State, facts: Facts) -> Decision:
    if isinstance(command, CreateHardwareTier):
        return _create(command, state)
    if isinstance(state, Absent):
        return NotFound(kind="hardware_tier", key=command.tier_id)
    match command:
        case ReviseHardwareTier():
            return _revise(command, state)
        case ArchiveHardwareTier():
            if state.is_archived:
                return ()
            return (HardwareTierArchived(tier_id=command.tier_id),)
        case _:
            assert_never(command)


def _create(command: CreateHardwareTier, state: State) -> Decision:
    if not TIER_ID.match(command.tier_id):
        return Invalid(field="tier_id", message="must be 1 to 63 of letters, digits, '-' and '_'")
    if not isinstance(state, Absent):
        message = "A hardware tier with this id exists, or was archived."
        return Conflicting(state="exists", message=message)
    if (wrong := _wrong(command.tier)) is not None:
        return wrong
    return (HardwareTierCreated(tier_id=command.tier_id, tier=command.tier),)


def _revise(command: ReviseHardwareTier, state: Known) -> Decision:
    if state.is_archived:
        return Conflicting(state="removed", message="The hardware tier is archived.")
    if (wrong := _wrong(command.tier)) is not None:
        return wrong
    changed = tuple(
        field.name
        for field in fields(Tier)
        if getattr(command.tier, field.name) != getattr(state.tier, field.name)
    )
    if not changed:
        return ()
    return (HardwareTierRevised(tier_id=command.tier_id, tier=command.tier, changed=changed),)


def _wrong(tier: Tier) -> Invalid | None:
    wrong = wrong_field(tier)
    return None if wrong is None else Invalid(field=wrong[0], message=wrong[1])

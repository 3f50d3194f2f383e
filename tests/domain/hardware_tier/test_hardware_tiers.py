"""What a tier may grant, that its id is its own for ever, and that archived ones stay so."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.hardware_tier.commands import (
    ArchiveHardwareTier,
    CreateHardwareTier,
    HardwareTierCommand,
    ReviseHardwareTier,
)
from shared.domain.hardware_tier.events import (
    HardwareTierArchived,
    HardwareTierCreated,
    HardwareTierRevised,
)
from shared.domain.hardware_tier.tier import Amount, Tier
from shared.domain.rejections import Conflicting, Invalid, NotFound
from tests.support.given import ACCOUNT_ID, given

TIER = Tier(name="Small", cores=1.0, memory=Amount(value=4.0, units="GiB"))
CREATED = HardwareTierCreated(tier_id="small", tier=TIER)
ARCHIVED = HardwareTierArchived(tier_id="small")


def creating(tier_id: str = "small", **changes: Any) -> CreateHardwareTier:
    return CreateHardwareTier(tier_id=tier_id, account_id=ACCOUNT_ID, tier=replace(TIER, **changes))


def test_a_tier_is_made_as_it_was_asked_for() -> None:
    given().when(creating()).then(CREATED)


@pytest.mark.parametrize("tier_id", ["", "a b", "a.b", "ä", "x" * 64, "-a", "a/b", "a>b"])
def test_an_id_is_part_of_subjects_and_paths(tier_id: str) -> None:
    given().when(creating(tier_id)).then_rejected(Invalid, field="tier_id")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "), ("cores", 0.0), ("cores", 2000.0), ("cores", float("nan")),
        ("memory", Amount(value=0.0, units="GB")), ("memory", Amount(value=1e300, units="GB")),
        ("memory", Amount(value=1.0, units="MB")), ("cores_limit", 0.5),
        ("memory_limit", Amount(value=1.0, units="GiB")), ("gpu_count", -1),
        ("max_simultaneous", 0), ("cents_per_minute", -0.1), ("node_pool", "x" * 201),
    ],
)  # fmt: skip
def test_a_part_out_of_bounds_is_named(field: str, value: object) -> None:
    changes: dict[str, Any] = {field: value}
    given().when(creating(**changes)).then_rejected(Invalid, field=field)
    tier = replace(TIER, **changes)
    given(CREATED).when(ReviseHardwareTier(tier_id="small", tier=tier)).then_rejected(
        Invalid, field=field
    )


def test_a_change_names_what_changed() -> None:
    tier = replace(TIER, cents_per_minute=2.5, max_simultaneous=3)
    given(CREATED).when(ReviseHardwareTier(tier_id="small", tier=tier)).then(
        HardwareTierRevised(
            tier_id="small", tier=tier, changed=("max_simultaneous", "cents_per_minute")
        )
    )


def test_an_id_is_never_given_again() -> None:
    given(CREATED).when(creating()).then_rejected(Conflicting, state="exists")
    given(CREATED, ARCHIVED).when(creating()).then_rejected(Conflicting, state="exists")


def test_an_archived_tier_is_not_changed_and_an_absent_one_is_not_there() -> None:
    revise = ReviseHardwareTier(tier_id="small", tier=replace(TIER, name="Other"))
    given(CREATED, ARCHIVED).when(revise).then_rejected(Conflicting, state="removed")
    given().when(revise).then_rejected(NotFound, kind="hardware_tier")


@pytest.mark.parametrize(
    "command",
    [
        ReviseHardwareTier(tier_id="small", tier=replace(TIER, cores=2.0)),
        ArchiveHardwareTier(tier_id="small"),
    ],
)
def test_deciding_twice_is_deciding_once(command: HardwareTierCommand) -> None:
    decided = given(CREATED).when(command)
    assert decided.answer
    decided.then_again_nothing_happens()

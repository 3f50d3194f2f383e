"""What other settings would have made of recorded traffic, out of real tables."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.bus.routes import encode_frames
from shared.domain.rejections import Invalid, NotFound
from shared.domain.scaling.events import ScalingPolicyRevised
from shared.domain.scaling.policy import Policy
from shared.domain.service.events import RolloutSucceeded, WorkloadRevised
from shared.queries.scaling import WhatIf
from tests.views.test_scaling import frame
from tests.views.test_services import ready, scaled, started
from tests.views.world import WORKLOAD, Person, World

PAST = timedelta(minutes=10)
# What was written a moment ago was written then.
LONG_AGO = (
    "update view.service set updated_at = updated_at - interval '10 minutes',"
    " scaled_at = scaled_at - interval '10 minutes'",
    "update view.scaling set at = at - interval '10 minutes'",
    "update view.deployment set created_at = created_at - interval '10 minutes',"
    " finished_at = finished_at - interval '10 minutes'",
    "update view.replica set started_at = started_at - interval '10 minutes',"
    " ready_at = ready_at - interval '10 minutes'",
)


async def busy(world: World, ada: Person) -> tuple[str, datetime]:
    """A service of ten minutes, from one to five replicas, that was asked for five minutes and then
    left alone; a decision made two of one. Answers when it began."""
    service, deployment = await world.service(ada.home, "api")
    replica = world.new_id()
    await world.happened(
        WorkloadRevised(
            service_id=service,
            revision=2,
            workload=replace(WORKLOAD, replicas_min=1, replicas_max=5),
            changed=("replicas_max",),
        ),
        started(replica, service, ada.home, deployment),
        ready(replica, service),
        RolloutSucceeded(service_id=service, deployment_id=deployment),
        scaled(service, ada.home, 1, 2),
    )
    await world.project()
    for statement in LONG_AGO:
        await world.connection.execute(statement)
    await world.connection.commit()
    begun = datetime.now(UTC).replace(microsecond=0) - PAST + timedelta(seconds=5)
    at = int(begun.timestamp())
    told = [replace(frame(service, s * 1000, ()), area=300.0, n=10) for s in range(at, at + 300)]
    other_edge = [replace(one, edge_id="e2", area=20.0, n=1) for one in told]
    await world.ingest.hear_frames("frames.e1", encode_frames(tuple(told)))
    await world.ingest.hear_frames("frames.e2", encode_frames(tuple(other_edge)))
    await world.ingest.flush_frames()
    return service, begun


def asked(service: str, begun: datetime, **given: Any) -> WhatIf:
    return WhatIf(service_id=service, start=begun, end=begun + timedelta(seconds=590), **given)


async def test_recorded_traffic_is_played_by_the_settings_of_then_and_by_others(
    world: World,
) -> None:
    ada = await world.person("ada")
    service, begun = await busy(world, ada)
    found = await world.shown(asked(service, begun, replicas_max=3), ada)
    assert found.requests == 300 * 11
    # Two were wanted by the decision, and one ran.
    assert (found.happened.replicas_at_start, found.happened.replicas_most) == (2, 2)
    assert found.happened.replica_seconds == pytest.approx(590, abs=2)
    # 320 at a time, of which a replica takes seventy: all five, then down again to the one.
    assert found.replayed.replicas_most == 5
    assert [one.desired for one in found.replayed.changes][:1] == [5]
    assert found.replayed.changes[-1].desired == 1
    assert any("the maximum is" in why for one in found.changed.changes for why in one.reasons)
    assert found.changed.replicas_most == 3
    assert found.changed.replica_seconds < found.replayed.replica_seconds
    assert float(found.changed.cost) < float(found.replayed.cost)
    assert found.changed.refused == found.changed.cold_starts == 0


async def test_settings_are_those_that_were_in_force(world: World) -> None:
    ada = await world.person("ada")
    service, begun = await busy(world, ada)
    plain = await world.shown(asked(service, begun), ada)
    assert plain.replayed == plain.changed
    coarse = (("target_concurrency", 1000.0),)
    other = await world.shown(asked(service, begun, settings=coarse), ada)
    assert other.replayed == plain.replayed
    assert other.changed.replicas_most == 2  # As it was: nothing asks for more.
    await world.happened(
        ScalingPolicyRevised(
            service_id=service,
            project_id=ada.home,
            policy=Policy(target_concurrency=1000.0),
            changed=("target_concurrency",),
        )
    )
    await world.project()
    later = await world.shown(asked(service, begun, settings=()), ada)
    assert later.replayed == plain.replayed  # Set after the period.


async def test_it_is_for_those_who_may_read_the_service(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    service, begun = await busy(world, ada)
    assert isinstance(await world.refused(asked(service, begun), bob), NotFound)
    gone = await world.refused(asked(world.new_id(), begun), ada)
    assert isinstance(gone, NotFound)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"replicas_max": 0}, "replicas_max"),
        ({"replicas_min": 4, "replicas_max": 3}, "replicas_min"),
        ({"settings": (("window_seconds", 1.0),)}, "window_seconds"),
        ({"settings": (("nonsense", 1.0),)}, "nonsense"),
        ({"start": timedelta(hours=-7)}, "start"),
        ({"start": timedelta(seconds=585)}, "start"),
    ],
)
async def test_what_cannot_be_played_is_named(
    world: World, given: dict[str, Any], field: str
) -> None:
    ada = await world.person("ada")
    service, begun = await busy(world, ada)
    moved = {name: begun + value for name, value in given.items() if name == "start"}
    refused = await world.refused(replace(asked(service, begun), **{**given, **moved}), ada)
    assert isinstance(refused, Invalid)
    assert refused.field == field

"""The scaling of a service as it is read: settings, decisions, memory, and what waking it took."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.bus.routes import LATENCY_BUCKETS, Frame, encode_frames
from shared.domain.rejections import NotFound
from shared.domain.scaling.commands import ScalingMemory
from shared.domain.scaling.events import ScalingPolicyRevised
from shared.domain.scaling.policy import Policy
from shared.domain.service.events import RolloutSucceeded, WorkloadRevised
from shared.queries.scaling import GetScaling
from shared.queries.services import GetServiceById
from shared.queries.telemetry import GetServiceAnalytics, ListColdStarts
from tests.views.test_services import ready, scaled, started, stopped
from tests.views.world import WORKLOAD, World


async def test_a_service_that_never_scaled_has_the_defaults(world: World) -> None:
    ada = await world.person("ada")
    service, _ = await world.service(ada.home, "api")
    await world.project()
    document = await world.shown(GetScaling(service_id=service), ada)
    assert document.policy == Policy()
    assert (document.idle_seconds, document.decisions) == (60.0, ())
    assert document.memory == ScalingMemory()
    assert (document.replicas_wanted, document.replicas_min) == (1, 1)


async def test_decisions_are_shown_newest_first_with_what_the_next_one_needs(world: World) -> None:
    ada = await world.person("ada")
    service, _ = await world.service(ada.home, "api")
    policy = Policy(target_rps=5.0, scale_to_zero_seconds=7.0)
    await world.happened(
        scaled(service, ada.home, 1, 3),
        ScalingPolicyRevised(
            service_id=service, project_id=ada.home, policy=policy, changed=("target_rps",)
        ),
        scaled(service, ada.home, 3, 2),
    )
    await world.project()
    document = await world.shown(GetScaling(service_id=service), ada)
    assert [(one.previous, one.desired) for one in document.decisions] == [(3, 2), (1, 3)]
    assert document.decisions[0].reasons == ("because", "of it")
    assert document.decisions[0].inputs.concurrency == 1.5
    assert document.memory == ScalingMemory(panic_at=999.5, panic_most=2, holds=((5, 2),))
    assert document.policy == policy
    assert document.idle_seconds == 7.0
    few = await world.shown(GetScaling(service_id=service, decisions=1), ada)
    assert len(few.decisions) == 1


async def test_the_past_shows_the_decisions_and_settings_of_then(world: World) -> None:
    ada = await world.person("ada")
    service, _ = await world.service(ada.home, "api")
    await world.happened(
        WorkloadRevised(
            service_id=service,
            revision=2,
            workload=replace(WORKLOAD, replicas_min=0, replicas_max=3),
            changed=("replicas_max",),
        )
    )
    before = await world.happened(scaled(service, ada.home, 1, 3))
    await world.happened(
        ScalingPolicyRevised(
            service_id=service,
            project_id=ada.home,
            policy=Policy(hold_limit=7),
            changed=("hold_limit",),
        ),
        scaled(service, ada.home, 3, 1),
    )
    await world.project()
    then = await world.shown(GetScaling(service_id=service), ada, as_of=before)
    assert [one.desired for one in then.decisions] == [3]
    assert (then.policy.hold_limit, then.replicas_wanted) == (100, 3)
    now = await world.shown(GetScaling(service_id=service), ada)
    assert (now.policy.hold_limit, now.replicas_wanted) == (7, 1)
    shown = await world.shown(GetServiceById(service_id=service), ada)
    assert shown.scaled_at == now.decisions[0].at


async def test_who_may_not_read_a_service_learns_nothing_of_its_scaling(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    service, _ = await world.service(ada.home, "api")
    await world.project()
    end = datetime.now(UTC)
    for question in (
        GetScaling(service_id=service),
        ListColdStarts(service_id=service, start=end - timedelta(hours=1), end=end),
    ):
        assert isinstance(await world.refused(question, bob), NotFound)


async def test_a_held_request_is_told_apart_into_what_it_waited_for(world: World) -> None:
    ada = await world.person("ada")
    service, deployment = await world.service(ada.home, "api")
    first, second = world.new_id(), world.new_id()
    await world.happened(
        started(first, service, ada.home, deployment),
        ready(first, service),
        RolloutSucceeded(service_id=service, deployment_id=deployment),
        scaled(service, ada.home, 1, 0),
        stopped(first, service),
    )
    came = datetime.now(UTC)
    came_ms = int(came.timestamp() * 1000)
    await world.happened(
        scaled(service, ada.home, 0, 1),
        started(second, service, ada.home, deployment),
        ready(second, service),
    )
    waited = int((datetime.now(UTC) - came).total_seconds() * 1000) + 5
    await world.project()
    cold = ((came_ms, waited, waited + 3), (came_ms, waited, waited + 9))
    await world.ingest.hear_frames("frames.e1", encode_frames((frame(service, came_ms, cold),)))
    await world.ingest.flush_frames()
    start, end = came - timedelta(minutes=1), datetime.now(UTC)
    question = ListColdStarts(service_id=service, start=start, end=end)
    found = await world.shown(question, ada)
    assert found.total == 2
    one = found.items[-1]
    assert one.placed_ms is not None
    assert one.started_ms is not None
    assert one.ready_ms is not None
    assert 0 <= one.placed_ms <= one.started_ms <= one.ready_ms <= one.held_ms == waited
    assert one.first_byte_ms == waited + 3
    analytics = await world.shown(
        GetServiceAnalytics(project="ada", name="api", start=start, end=end), ada
    )
    assert analytics.cold_starts == found
    before = ListColdStarts(
        service_id=service, start=came - timedelta(hours=2), end=came - timedelta(hours=1)
    )
    assert (await world.shown(before, ada)).total == 0


def frame(service: str, at_ms: int, cold: tuple[tuple[int, int, int], ...]) -> Frame:
    return Frame(
        edge_id="e1",
        service_id=service,
        second=at_ms // 1000,
        area=1.0,
        n=len(cold),
        classes=(0, len(cold), 0, 0, 0),
        failed=0,
        aborted=0,
        refused=0,
        queued_max=1,
        wait_ms=0,
        bytes_in=0,
        bytes_out=0,
        latency=(0,) * LATENCY_BUCKETS,
        latency_ms=0,
        cold=cold,
    )

"""Services as people read them: given events, then documents."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.replica.events import (
    ReplicaBecameReady,
    ReplicaBecameUnready,
    ReplicaDrained,
    ReplicaStarted,
    ReplicaStopped,
)
from shared.domain.scaling.commands import ScalingInputs, ScalingMemory
from shared.domain.scaling.events import ScalingDecided
from shared.domain.service.events import (
    RolloutFailed,
    RolloutSourced,
    RolloutSucceeded,
    ServiceRemoved,
    WorkloadRevised,
)
from shared.queries.services import (
    GetService,
    GetServiceById,
    GetWanted,
    ListDeployments,
    ListProbeTargets,
    ListReplicas,
    ListServices,
    ListWantedIds,
    ServiceDocument,
)
from tests.views.world import WORKLOAD, Person, World, rollout


def started(replica: str, service: str, project: str, deployment: str) -> ReplicaStarted:
    return ReplicaStarted(
        replica_id=replica,
        service_id=service,
        project_id=project,
        deployment_id=deployment,
        ordinal=0,
        generation=1,
        runtime="process",
        isolated=True,
        address="127.0.0.1:9001",
    )


def ready(replica: str, service: str) -> ReplicaBecameReady:
    return ReplicaBecameReady(replica_id=replica, service_id=service, duration_ms=12)


def unready(replica: str, service: str) -> ReplicaBecameUnready:
    return ReplicaBecameUnready(replica_id=replica, service_id=service, reason="503")


def stopped(replica: str, service: str, **changes: Any) -> ReplicaStopped:
    fields: dict[str, Any] = {
        "asked": True,
        "code": None,
        "signal": None,
        "out_of_memory": False,
        "message": "",
        "log_tail": (),
        **changes,
    }
    return ReplicaStopped(replica_id=replica, service_id=service, **fields)


def scaled(service: str, project: str, previous: int, desired: int) -> ScalingDecided:
    return ScalingDecided(
        service_id=service,
        project_id=project,
        at=1000.0,
        desired=desired,
        previous=previous,
        reasons=("because", "of it"),
        inputs=ScalingInputs(ready=previous, replicas_min=0, replicas_max=3, concurrency=1.5),
        memory=ScalingMemory(panic_at=999.5, panic_most=2, holds=((5, 2),)),
    )


def failed(service: str, deployment: str) -> RolloutFailed:
    return RolloutFailed(
        service_id=service,
        deployment_id=deployment,
        reason="never_healthy",
        message="No replica became healthy.",
        last_probe="connection refused",
        exit_cause="",
        log_tail=("boom",),
    )


async def seen(world: World, person: Person, name: str, **options: Any) -> ServiceDocument:
    await world.project()
    document = await world.shown(GetService(project=person.handle, name=name), person, **options)
    assert isinstance(document, ServiceDocument)
    return document


async def test_a_new_service_is_shown_with_all_that_it_was_given(world: World) -> None:
    ada = await world.person("ada")
    service, deployment = await world.service(ada.home, "Llama_3")
    document = await seen(world, ada, "llama-3")
    assert (document.id, document.name, document.slug) == (service, "Llama_3", "llama-3")
    assert (document.project_id, document.project_handle) == (ada.home, "ada")
    assert document.labels == (("team", "core"),)
    assert document.workload is not None
    assert (document.workload.repo, document.workload.branch) == ("acme/api", "main")
    assert document.status == "deploying"
    assert document.deployment is not None
    assert (document.deployment.id, document.deployment.number) == (deployment, 1)
    assert document.serving is None
    assert (document.version, document.revision) == (2, 1)
    assert document.created_at <= document.updated_at


# What happened after the first rollout began -> status, (current, ready), reason.
STORIES: dict[str, tuple[tuple[str, ...], str, tuple[int, int], str]] = {
    "still deploying": (("start", "ready"), "deploying", (1, 1), ""),
    "all ready": (("start", "ready", "succeed"), "running", (1, 1), ""),
    "lost its only one": (
        ("start", "ready", "succeed", "unready"),
        "degraded",
        (1, 0),
        "replicas_not_ready",
    ),
    "lost and back": (("start", "ready", "succeed", "unready", "ready"), "running", (1, 1), ""),
    "one exited": (
        ("start", "ready", "succeed", "stop"),
        "degraded",
        (0, 0),
        "replicas_not_ready",
    ),
    "never healthy": (("start", "fail"), "failed", (1, 0), "never_healthy"),
    "redeploy under way": (("start", "ready", "succeed", "again"), "deploying", (1, 1), ""),
    "redeploy failed, old one serves": (
        ("start", "ready", "succeed", "again", "fail again"),
        "degraded",
        (1, 1),
        "never_healthy",
    ),
    "wants more than it has": (
        ("start", "ready", "succeed", "three"),
        "running",
        (1, 1),
        "",
    ),
    "loses one on the way to more": (
        ("start", "ready", "succeed", "three", "unready"),
        "degraded",
        (1, 0),
        "replicas_not_ready",
    ),
    "sleeps": (("start", "ready", "succeed", "free", "sleep", "stop"), "stopped", (0, 0), ""),
    "is woken": (
        ("start", "ready", "succeed", "free", "sleep", "stop", "wake"),
        "deploying",
        (0, 0),
        "",
    ),
    "is woken while it goes to sleep": (
        ("start", "ready", "succeed", "free", "sleep", "drain", "wake", "stop"),
        "deploying",
        (0, 0),
        "",
    ),
    "is woken and crashes": (
        ("start", "ready", "succeed", "free", "sleep", "wake", "crash"),
        "degraded",
        (0, 0),
        "replicas_not_ready",
    ),
    "sleeps no more than its minimum": (
        ("start", "ready", "succeed", "sleep"),
        "running",
        (1, 1),
        "",
    ),
    "a redeploy wakes it": (
        ("start", "ready", "succeed", "free", "sleep", "stop", "again"),
        "deploying",
        (0, 0),
        "",
    ),
}


@pytest.mark.parametrize("story", STORIES)
async def test_the_status_follows_from_what_is_wanted_and_what_is(world: World, story: str) -> None:
    steps, status, counts, reason = STORIES[story]
    ada = await world.person("ada")
    service, first = await world.service(ada.home, "api")
    replica, second = world.new_id(), world.new_id()
    events = {
        "start": started(replica, service, ada.home, first),
        "ready": ready(replica, service),
        "unready": unready(replica, service),
        "stop": stopped(replica, service),
        "succeed": RolloutSucceeded(service_id=service, deployment_id=first),
        "fail": failed(service, first),
        "again": rollout(service, second, trigger="redeploy"),
        "fail again": failed(service, second),
        "three": WorkloadRevised(
            service_id=service,
            revision=2,
            workload=replace(WORKLOAD, replicas_min=3, replicas_max=3),
            changed=("replicas_min", "replicas_max"),
        ),
        "free": WorkloadRevised(
            service_id=service,
            revision=2,
            workload=replace(WORKLOAD, replicas_min=0, replicas_max=3),
            changed=("replicas_min", "replicas_max"),
        ),
        "sleep": scaled(service, ada.home, 1, 0),
        "wake": scaled(service, ada.home, 0, 1),
        "drain": ReplicaDrained(replica_id=replica, service_id=service, reason="scale_down"),
        "crash": stopped(replica, service, asked=False),
    }
    await world.happened(*(events[step] for step in steps))
    document = await seen(world, ada, "api")
    assert document.status == status
    assert (document.replicas_current, document.replicas_ready) == counts
    assert document.status_reason == reason
    assert bool(document.status_message) == bool(reason)


async def test_one_batch_and_many_give_the_same_rows(world: World) -> None:
    ada = await world.person("ada")
    service, deployment = await world.service(ada.home, "api")
    replica = world.new_id()
    await world.happened(
        started(replica, service, ada.home, deployment),
        ready(replica, service),
        RolloutSucceeded(service_id=service, deployment_id=deployment),
        ReplicaDrained(replica_id=replica, service_id=service, reason="removed"),
    )
    await world.project(batch=1)
    versions = "select t::text from view.service t order by valid_from"
    single = await world.reading.reader.rows(versions)
    async with world.connection.transaction():
        for table in ("service", "deployment", "replica", "service_event"):
            await world.connection.execute(f"truncate view.{table}")
        await world.connection.execute(
            "update view.checkpoint set position = 0 where view in ('services', 'history')"
        )
    world.versions = []
    world.versions = [
        version for version in await _live(world) if version.view.name in ("services", "history")
    ]
    await world.project(batch=500)
    assert await world.reading.reader.rows(versions) == single
    assert len(single) > 4


async def _live(world: World) -> list[Any]:
    from services.query.checkpoints import live_versions
    from services.query.registry import PROJECTED

    return await live_versions(world.connection, PROJECTED)


async def test_a_name_that_changes_hands_inside_a_batch_is_no_conflict(world: World) -> None:
    ada = await world.person("ada")
    old, _ = await world.service(ada.home, "api")
    await world.happened(ServiceRemoved(service_id=old, force=False))
    new, _ = await world.service(ada.home, "api")
    assert await world.project() == []
    assert (await seen(world, ada, "api")).id == new


async def test_lists_are_newest_first_filtered_and_counted_beyond_their_end(
    world: World,
) -> None:
    ada = await world.person("ada")
    ids = [(await world.service(ada.home, f"api-{n}"))[0] for n in range(5)]
    await world.service(ada.home, "registered-only", workload=None)
    service, deployment = await world.service(ada.home, "broken")
    await world.happened(failed(service, deployment))
    await world.project()

    page = await world.shown(ListServices(project="ada", page=1, per_page=2), ada)
    assert ([item.id for item in page.items], page.total) == ([service, ids[4]], 6)
    page = await world.shown(ListServices(project="ada", page=9, per_page=2), ada)
    assert (page.items, page.total) == ((), 6)
    page = await world.shown(ListServices(project="ada", status="failed"), ada)
    assert [item.id for item in page.items] == [service]


async def test_a_removed_service_is_gone_at_once_and_still_to_be_stopped(world: World) -> None:
    ada = await world.person("ada")
    service, deployment = await world.service(ada.home, "api")
    replica = world.new_id()
    await world.happened(
        started(replica, service, ada.home, deployment),
        ready(replica, service),
        ServiceRemoved(service_id=service, force=True),
    )
    await world.project()
    by_name = await world.refused(GetService(project="ada", name="api"), ada)
    by_id = await world.refused(GetServiceById(service_id=service), ada)
    assert (by_name.kind, by_id.kind) == ("service", "service")

    wanted = await world.told(GetWanted(service_id=service), "scheduler")
    assert (wanted.service, wanted.removed, wanted.force) == (None, True, True)
    assert [each.id for each in wanted.replicas] == [replica]
    ids = await world.told(ListWantedIds(), "scheduler")
    assert ids.ids == (service,)

    await world.happened(stopped(replica, service))
    await world.project()
    assert (await world.told(ListWantedIds(), "scheduler")).ids == ()
    assert (await world.told(GetWanted(service_id=service), "scheduler")).replicas == ()


async def test_who_failed_for_good_is_looked_at_only_where_those_at_rest_are_asked_for(
    world: World,
) -> None:
    ada = await world.person("ada")
    at_rest, deployment = await world.service(ada.home, "broken")
    awake, _ = await world.service(ada.home, "api")
    await world.happened(failed(at_rest, deployment))
    await world.project()
    everyone = await world.told(ListWantedIds(), "scheduler")
    assert set(everyone.ids) == {at_rest, awake}
    some = await world.told(ListWantedIds(resting=False), "scheduler")
    assert some.ids == (awake,)


async def test_probe_targets_are_the_replicas_that_run(world: World) -> None:
    ada = await world.person("ada")
    service, deployment = await world.service(ada.home, "api")
    first, second, third = world.new_id(), world.new_id(), world.new_id()
    await world.happened(
        *(started(each, service, ada.home, deployment) for each in (first, second, third)),
        ready(first, service),
        ReplicaDrained(replica_id=second, service_id=service, reason="rollout"),
        stopped(third, service),
    )
    await world.project()
    targets = (await world.told(ListProbeTargets(), "prober")).items
    assert [(t.replica_id, t.is_ready, t.is_draining) for t in targets] == [
        (first, True, False),
        (second, False, True),
    ]
    assert {(t.path, t.address) for t in targets} == {("/health", "127.0.0.1:9001")}
    after = await world.told(ListProbeTargets(after_id=first), "prober")
    assert [t.replica_id for t in after.items] == [second]


async def test_what_drains_stays_draining_and_a_stopped_one_says_why(world: World) -> None:
    ada = await world.person("ada")
    service, deployment = await world.service(ada.home, "api")
    replica = world.new_id()
    await world.happened(
        started(replica, service, ada.home, deployment),
        ready(replica, service),
        ReplicaDrained(replica_id=replica, service_id=service, reason="rollout"),
        unready(replica, service),
    )
    await world.project()
    running = await world.shown(ListReplicas(service_id=service), ada)
    assert [(r.state, r.reason) for r in running.items] == [("draining", "rollout")]
    await world.happened(stopped(replica, service, asked=False, signal=9, out_of_memory=True))
    await world.project()
    assert (await world.shown(ListReplicas(service_id=service), ada)).items == ()
    everything = await world.shown(ListReplicas(service_id=service, include_stopped=True), ada)
    assert [(r.state, r.reason) for r in everything.items] == [("stopped", "killed: out of memory")]


async def test_deployments_keep_their_numbers_sources_and_causes(world: World) -> None:
    ada = await world.person("ada")
    service, first = await world.service(ada.home, "api")
    second = world.new_id()
    await world.happened(
        RolloutSourced(service_id=service, deployment_id=first, commit="abc"),
        RolloutSucceeded(service_id=service, deployment_id=first),
        rollout(service, second, trigger="push", commit="def"),
        failed(service, second),
    )
    await world.project()
    page = await world.shown(ListDeployments(service_id=service), ada)
    assert page.total == 2
    newest, oldest = page.items
    assert (newest.id, newest.number, newest.trigger, newest.commit) == (second, 2, "push", "def")
    assert (newest.status, newest.reason, newest.log_tail) == (
        "failed",
        "never_healthy",
        ("boom",),
    )
    assert (oldest.id, oldest.number, oldest.commit, oldest.status) == (
        first,
        1,
        "abc",
        "succeeded",
    )
    assert oldest.finished_at is not None
    document = await seen(world, ada, "api")
    assert document.serving == oldest
    assert document.deployment == newest

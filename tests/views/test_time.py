"""Time travel through one thing: history with filters, states, differences, blame, whys."""

from time import process_time
from typing import Any

from shared.domain.project.events import (
    CollaboratorRemoved,
    CollaboratorSet,
    ProjectRemoved,
    ProjectRevised,
)
from shared.domain.rejections import Conflicting, Invalid, NotFound
from shared.domain.service.events import RolloutFailed, ServiceRemoved, WorkloadRevised
from shared.domain.service.workload import EnvVar, Workload
from shared.domain.vault.events import SecretsErased
from shared.queries.audit import (
    FindOwner,
    FollowLog,
    GetBlame,
    GetDiff,
    GetState,
    GetTimeline,
    GetWhy,
    Instant,
    ListHistory,
    PlanRestore,
)
from tests.views.test_services import ready, started, stopped
from tests.views.world import WORKLOAD, Person, World, registered, rollout


def scaled(service: str, most: int, revision: int = 2) -> WorkloadRevised:
    return WorkloadRevised(
        service_id=service,
        revision=revision,
        workload=Workload(repo="acme/api", branch="main", replicas_max=most),
        changed=("replicas_max",),
    )


async def test_history_is_filtered_by_type_field_and_actor(world: World) -> None:
    ada = await world.person("ada")
    service, deployment = await world.service(ada.home, "api")
    replica = world.new_id()
    await world.happened(
        started(replica, service, ada.home, deployment), scaled(service, 3), scaled(service, 5, 3)
    )
    await world.project()

    async def types(**filters: Any) -> list[str]:
        page = await world.shown(ListHistory(kind="service", id=service, **filters), ada)
        return [event.type for event in page.items]

    assert await types(type="replica.*") == ["replica.started"]
    assert await types(field="/workload/replicas_max") == [
        "service.registered",
        "service.workload_revised",
        "service.workload_revised",
    ]
    assert await types(field="workload.gpu") == ["service.registered"]
    assert await types(actor="process:command", limit=1) == ["service.registered"]
    assert await types(actor="somebody") == []
    page = await world.shown(ListHistory(kind="service", id=service, type="service.*"), ada)
    assert tuple(sorted(page.items[-1].changed)) == ("/revision", "/workload/replicas_max")
    assert page.items[-1].words == "The workload changed: replicas_max."
    wrong = await world.refused(ListHistory(kind="service", id=service, type="nothing.*"), ada)
    assert wrong == Invalid(field="type", message="names no type of event")


async def test_a_state_is_the_one_of_its_moment_and_a_diff_names_who_changed_it(
    world: World,
) -> None:
    ada = await world.person("ada")
    service, _ = await world.service(ada.home, "api")
    before = await world.store.head()
    await world.happened(scaled(service, 3))
    last = await world.happened(scaled(service, 7, 3))
    await world.project()
    question = GetState(kind="service", id=service)
    then = await world.shown(question, ada, as_of=before)
    assert then.state["workload"]["replicas_max"] == 1
    now = await world.shown(question, ada)
    assert (now.state["workload"]["replicas_max"], now.position) == (7, last)
    diff = GetDiff(kind="service", id=service, start=Instant(position=before), end=Instant())
    shown = await world.shown(diff, ada)
    changes = {c.path: (c.op, c.before, c.after, c.by.position) for c in shown.changes}
    assert changes == {
        "/revision": ("replace", 1, 3, last),
        "/workload/replicas_max": ("replace", 1, 7, last),
    }
    back = GetDiff(kind="service", id=service, start=Instant(), end=Instant(position=before))
    reverse = {c.path: (c.before, c.after) for c in (await world.shown(back, ada)).changes}
    assert reverse["/workload/replicas_max"] == (7, 1)
    beyond = GetDiff(kind="service", id=service, start=Instant(position=9999), end=Instant())
    assert isinstance(await world.refused(beyond, ada), Invalid)


async def test_each_field_names_the_event_that_gave_it_its_value(world: World) -> None:
    ada = await world.person("ada")
    service, deployment = await world.service(ada.home, "api")
    born = await world.store.head() - 1
    scaling = await world.happened(scaled(service, 3))
    replica = world.new_id()
    starting = await world.happened(started(replica, service, ada.home, deployment))
    readying = await world.happened(ready(replica, service))
    await world.project()
    blame = await world.shown(GetBlame(kind="service", id=service), ada)
    by_path = {line.path: line.position for line in blame.lines}
    assert by_path["/name"] == by_path["/workload/port"] == by_path["/labels/team"] == born
    assert by_path["/workload/replicas_max"] == by_path["/revision"] == scaling
    assert by_path[f"/replicas/{replica}/ordinal"] == starting
    assert by_path[f"/replicas/{replica}/state"] == readying
    await world.happened(stopped(replica, service))
    await world.project()
    blame = await world.shown(GetBlame(kind="service", id=service), ada)
    assert not [line for line in blame.lines if replica in line.path]


async def test_a_long_life_is_blamed_and_explained_in_50_ms_of_ours(world: World) -> None:
    ada = await world.person("ada")
    service, deployment = await world.service(ada.home, "api")
    for _ in range(150):
        replica = world.new_id()
        await world.happened(
            started(replica, service, ada.home, deployment), stopped(replica, service)
        )
    last = await world.happened(scaled(service, 4))
    await world.project()

    async def best(question: Any) -> float:
        """Our own time: on a machine that does other things too, the wall's says little."""
        times = []
        for _ in range(10):
            begun = process_time()
            await world.shown(question, ada)
            times.append(process_time() - begun)
        return min(times)

    assert await best(GetBlame(kind="service", id=service)) < 0.05
    assert await best(GetWhy(position=last - 1)) < 0.05


async def test_why_leads_from_a_replica_to_who_made_the_service(world: World) -> None:
    ada = await world.person("ada")
    service, deployment = await world.service(ada.home, "api")
    first, second = world.new_id(), world.new_id()
    await world.happened(
        started(first, service, ada.home, deployment),
        stopped(first, service),
        started(second, service, ada.home, deployment),
    )
    await world.project()
    why = await world.shown(GetWhy(replica_id=second), ada)
    types = [link.event.type for link in why.links]
    assert types == [
        "replica.started",
        "replica.stopped",
        "replica.started",
        "service.rollout_started",
    ]
    assert why.root == "the command, through test: A rollout began because the service was created."


async def test_incidents_begin_and_end_with_the_status(world: World) -> None:
    ada = await world.person("ada")
    service, deployment = await world.service(ada.home, "api")
    failing = await world.happened(
        RolloutFailed(
            service_id=service,
            deployment_id=deployment,
            reason="health_check_failed",
            message="It never answered.",
            last_probe="",
            exit_cause="",
            log_tail=(),
        )
    )
    await world.project()
    open_ = await world.shown(GetTimeline(service_id=service), ada)
    assert [(i.opened_position, i.closed_position, i.status) for i in open_.incidents] == [
        (failing, None, "failed")
    ]
    assert open_.incidents[0].cause == "The rollout failed: It never answered."
    removed = await world.happened(ServiceRemoved(service_id=service, force=False))
    await world.project()
    closed = await world.shown(GetTimeline(service_id=service), ada)
    assert [i.closed_position for i in closed.incidents] == [removed]
    past = await world.shown(GetTimeline(service_id=service), ada, as_of=failing)
    assert [i.closed_position for i in past.incidents] == [None]


async def test_a_restore_plan_names_what_would_change_and_what_stays(world: World) -> None:
    ada = await world.person("ada")
    service, _ = await world.service(ada.home, "api")
    early = await world.store.head()
    await world.happened(scaled(service, 9))
    await world.project()
    question = PlanRestore(kind="service", id=service, to=Instant(position=early))
    plan = await world.shown(question, ada)
    assert [(c.path, c.before, c.after) for c in plan.changes] == [("/workload/replicas_max", 9, 1)]
    assert plan.service.workload == WORKLOAD
    assert not plan.revives
    unborn = PlanRestore(kind="service", id=service, to=Instant(position=1))
    assert isinstance(await world.refused(unborn, ada), Conflicting)
    await world.happened(ServiceRemoved(service_id=service, force=True))
    await world.project()
    assert (await world.shown(question, ada)).revives


async def test_the_past_of_everything_is_read_with_todays_permission(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    service, _ = await world.service(ada.home, "api")
    await world.happened(CollaboratorSet(project_id=ada.home, principal_id=bob.id, role="viewer"))
    await world.project()
    early = await world.store.head()
    questions: list[Any] = [
        ListHistory(kind="service", id=service),
        GetState(kind="service", id=service),
        GetBlame(kind="service", id=service),
        GetDiff(kind="service", id=service, start=Instant(position=1), end=Instant()),
        GetTimeline(service_id=service),
        PlanRestore(kind="service", id=service, to=Instant()),
        GetWhy(position=early - 1),
        FollowLog(project_id=ada.home),
    ]
    for question in questions:
        await world.shown(question, bob)
    await world.happened(CollaboratorRemoved(project_id=ada.home, principal_id=bob.id))
    await world.project()
    for question in questions:
        for as_of in (None, early):
            refused = await world.refused(question, bob, as_of=as_of)
            assert isinstance(refused, NotFound), question
    unknown = await world.refused(GetState(kind="service", id=bob.id), bob)
    assert unknown == NotFound(kind="service", key=bob.id)
    assert await _types(world, bob) == await _types(world, bob, account_id=bob.id)


async def test_a_removed_project_stays_readable_for_its_account_only(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    await world.happened(
        CollaboratorSet(project_id=ada.home, principal_id=bob.id, role="owner"),
        ProjectRemoved(project_id=ada.home),
    )
    await world.project()
    question = GetState(kind="project", id=ada.home)
    assert (await world.shown(question, ada)).state["lifecycle"] == "removed"
    assert isinstance(await world.refused(question, bob), NotFound)


async def test_the_feed_shows_each_what_he_may_see_in_order(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    root = await world.person("root", admin=True)
    service, deployment = world.new_id(), world.new_id()
    await world.happened(
        registered(service, ada.home, "api"),
        rollout(service, deployment),
        started(world.new_id(), service, ada.home, deployment),
        account=ada.id,
    )
    await world.happened(ProjectRevised(project_id=bob.home, name="x", description=""))
    await world.project()
    everything = await world.shown(FollowLog(limit=1000), root)
    assert [e.position for e in everything.events] == list(range(1, everything.head + 1))
    mine = await _types(world, ada)
    assert "replica.started" in mine and "project.revised" not in mine
    assert await _types(world, ada, types=("replica.*",)) == ["replica.started"]
    assert await _types(world, ada, stream=f"service-{service}") == [
        "service.registered",
        "service.rollout_started",
    ]
    page = await world.shown(FollowLog(limit=2), root)
    assert (len(page.events), page.seen) == (2, 2)
    assert all("digest" not in e.data for e in everything.events)
    assert isinstance(await world.refused(FollowLog(account_id=ada.id), bob), NotFound)
    refused = await world.refused(FollowLog(after=everything.head + 1), root)
    assert refused == Invalid(field="after", message="is beyond the newest log position")


async def _types(world: World, person: Person, **filters: Any) -> list[str]:
    page = await world.shown(FollowLog(**filters), person)
    return [event.type for event in page.events]


async def test_erased_secrets_say_so_in_every_past_and_in_the_history(world: World) -> None:
    ada = await world.person("ada")
    service = world.new_id()
    ref, row = await world.vault.seal(ada.id, service, "TOKEN", "canary")
    secret = ref
    workload = Workload(repo="acme/api", env=(EnvVar(name="TOKEN", value=secret),))
    born = await world.happened(
        registered(service, ada.home, "api", workload), account=ada.id, secrets=(row,)
    )
    await world.project()
    question = GetState(kind="service", id=service)
    before = (await world.shown(question, ada)).state["workload"]["env"]["TOKEN"]
    assert before == {"secret_id": ref.secret_id, "mac": ref.mac}
    owner = await world.shown(FindOwner(owner_id=service), ada)
    assert (owner.secrets, owner.erased, owner.account_id) == (1, 0, ada.id)

    await world.happened(SecretsErased(owner_id=service, account_id=ada.id), account=ada.id)
    await world.vault.erase(ada.id, service)
    await world.happened(scaled(service, 3), account=ada.id)
    await world.project()
    then = (await world.shown(question, ada, as_of=born)).state["workload"]["env"]["TOKEN"]
    assert then["erased"] is True
    owner = await world.shown(FindOwner(owner_id=service), ada)
    assert (owner.secrets, owner.erased) == (1, 1)
    page = await world.shown(ListHistory(kind="service", id=service), ada)
    assert [event.type for event in page.items] == [
        "service.registered",
        "vault.secrets_erased",
        "service.workload_revised",
    ]
    bob = await world.person("bob")
    await world.project()
    assert isinstance(await world.refused(FindOwner(owner_id=service), bob), NotFound)

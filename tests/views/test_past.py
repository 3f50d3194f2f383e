"""What was true: the same questions at a position or a moment of the past."""

from datetime import UTC, datetime, timedelta

from shared.domain.rejections import Forbidden, Invalid, NotFound
from shared.domain.service.events import RolloutSucceeded, ServiceRemoved
from shared.envelope.messages import Answered
from shared.queries.identity import GetProject, ListProjects
from shared.queries.services import (
    GetService,
    GetServiceById,
    ListDeployments,
    ListReplicas,
    ListServices,
)
from tests.views.test_services import ready, started
from tests.views.world import World


async def test_each_position_has_its_own_status_and_counts(world: World) -> None:
    ada = await world.person("ada")
    service, deployment = await world.service(ada.home, "api")
    replica = world.new_id()
    steps = {
        "starting": await world.happened(started(replica, service, ada.home, deployment)),
        "ready": await world.happened(ready(replica, service)),
        "done": await world.happened(
            RolloutSucceeded(service_id=service, deployment_id=deployment)
        ),
    }
    await world.project()

    async def then(position: int) -> tuple[str | None, int, int, str | None]:
        document = await world.shown(GetService(project="ada", name="api"), ada, as_of=position)
        serving = document.serving.status if document.serving else None
        return document.status, document.replicas_current, document.replicas_ready, serving

    assert await then(steps["starting"] - 1) == ("deploying", 0, 0, None)
    assert await then(steps["starting"]) == ("deploying", 1, 0, None)
    assert await then(steps["ready"]) == ("deploying", 1, 1, None)
    assert await then(steps["done"]) == ("running", 1, 1, "succeeded")
    replicas = await world.shown(ListReplicas(service_id=service), ada, as_of=steps["starting"])
    assert [each.state for each in replicas.items] == ["starting"]
    deployments = await world.shown(ListDeployments(service_id=service), ada, as_of=steps["ready"])
    assert [each.status for each in deployments.items] == ["in_progress"]


async def test_a_name_finds_what_held_it_then(world: World) -> None:
    ada = await world.person("ada")
    old, _ = await world.service(ada.home, "api")
    before = await world.happened(ServiceRemoved(service_id=old, force=False)) - 1
    new, _ = await world.service(ada.home, "api")
    await world.project()
    question = GetService(project="ada", name="api")
    assert (await world.shown(question, ada)).id == new
    assert (await world.shown(question, ada, as_of=before)).id == old
    gap = await world.refused(question, ada, as_of=before + 1)
    assert gap == NotFound(kind="service", key="api")
    by_id = GetServiceById(service_id=old)
    assert (await world.shown(by_id, ada, as_of=before)).status == "deploying"
    assert isinstance(await world.refused(by_id, ada), NotFound)


async def test_lists_of_the_past_are_filtered_and_counted_then(world: World) -> None:
    ada = await world.person("ada")
    await world.service(ada.home, "one")
    early = await world.store.head()
    await world.service(ada.home, "two")
    await world.project()
    page = await world.shown(ListServices(project="ada"), ada, as_of=early)
    assert ([each.name for each in page.items], page.total) == (["one"], 1)
    page = await world.shown(ListServices(project="ada", status="failed"), ada, as_of=early)
    assert (page.items, page.total) == ((), 0)


async def test_a_moment_resolves_to_the_last_position_before_it(world: World) -> None:
    ada = await world.person("ada")
    await world.service(ada.home, "one")
    early = await world.store.head()
    times = await world.reading.reader.rows(
        "select recorded_at from es.event where position = %s", (early,)
    )
    await world.service(ada.home, "two")
    await world.project()
    answer = await world.ask(ListServices(project="ada"), ada, as_of=times[0][0])
    assert isinstance(answer, Answered)
    assert (answer.position, answer.document.total) == (early, 1)
    just_before = times[0][0] - timedelta(microseconds=1)
    answer = await world.ask(ListServices(project="ada"), ada, as_of=just_before)
    assert isinstance(answer, Answered)
    assert answer.position == early - 1
    now = await world.ask(ListServices(project="ada"), ada, as_of=datetime.now(UTC))
    assert isinstance(now, Answered)
    assert (now.position, now.document.total) == (await world.store.head(), 2)


async def test_before_the_first_event_there_was_nothing(world: World) -> None:
    ada = await world.person("ada")
    await world.service(ada.home, "api")
    await world.project()
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)
    for moment in (long_ago, 0):
        answer = await world.ask(ListServices(project="ada"), ada, as_of=moment)
        assert isinstance(answer, Answered)
        assert (answer.position, answer.document.items) == (0, ())
        refused = await world.refused(GetService(project="ada", name="api"), ada, as_of=moment)
        assert refused == NotFound(kind="service", key="api")


async def test_the_future_is_refused(world: World) -> None:
    ada = await world.person("ada")
    await world.project()
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    for moment in (tomorrow, await world.store.head() + 1, -1):
        refused = await world.refused(ListServices(project="ada"), ada, as_of=moment)
        assert isinstance(refused, Invalid)
        assert refused.field == "as_of"


async def test_the_past_is_read_with_todays_permission(world: World) -> None:
    from shared.domain.project.events import CollaboratorRemoved, CollaboratorSet, ProjectRemoved

    ada, bob = await world.person("ada"), await world.person("bob")
    await world.service(ada.home, "api")
    shared_at = await world.happened(
        CollaboratorSet(project_id=ada.home, principal_id=bob.id, role="viewer")
    )
    await world.project()
    question = GetService(project="ada", name="api")
    assert (await world.shown(question, bob, as_of=shared_at - 1)).name == "api"
    await world.happened(CollaboratorRemoved(project_id=ada.home, principal_id=bob.id))
    await world.project()
    refused = await world.refused(question, bob, as_of=shared_at)
    assert refused == Forbidden(action="service.read", resource="project:ada")

    await world.happened(ProjectRemoved(project_id=ada.home))
    await world.project()
    assert await world.refused(question, ada, as_of=shared_at) == NotFound(
        kind="project", key="ada"
    )
    assert await world.refused(GetProject(key="ada"), ada, as_of=shared_at) == NotFound(
        kind="project", key="ada"
    )
    assert (await world.shown(ListProjects(), ada, as_of=shared_at)).total == 0

"""The console's lists: counted by status, the worst first, as of any moment, one's own only."""

from dataclasses import replace

import pytest

from shared.domain.rejections import Forbidden
from shared.domain.service.events import RolloutFailed, RolloutSucceeded, ServiceRemoved
from shared.queries.console import (
    GetMoment,
    ListProjectStates,
    ListServiceStates,
    StateCount,
)
from tests.views.test_services import ready, started
from tests.views.world import WORKLOAD, Person, World


async def running(world: World, project: str, name: str) -> str:
    service, deployment = await world.service(project, name)
    replica = world.new_id()
    await world.happened(
        started(replica, service, project, deployment),
        ready(replica, service),
        RolloutSucceeded(service_id=service, deployment_id=deployment),
    )
    return service


async def failing(world: World, project: str, name: str) -> str:
    service, deployment = await world.service(project, name)
    failed = RolloutFailed(
        service_id=service,
        deployment_id=deployment,
        reason="crash",
        message="exit 1",
        last_probe="",
        exit_cause="exit 1",
        log_tail=(),
    )
    await world.happened(failed)
    return service


async def two_projects(world: World) -> tuple[Person, str]:
    ada = await world.person("ada")
    _, acme = await world.organization("acme", ada)
    await running(world, ada.home, "calm")
    await running(world, acme, "fine")
    await failing(world, acme, "broken")
    await world.service(acme, "coming")
    await world.project()
    return ada, acme


async def test_the_project_with_the_most_failures_comes_first(world: World) -> None:
    ada, _ = await two_projects(world)
    shown = await world.shown(ListProjectStates(), ada)
    assert [(each.handle, each.owner, each.services) for each in shown.items] == [
        ("acme", "acme", 3),
        ("ada", "ada", 1),
    ]
    assert shown.items[0].states == (
        StateCount(status="failed", services=1),
        StateCount(status="deploying", services=1),
        StateCount(status="running", services=1),
    )
    assert (shown.total, shown.services) == (2, 4)


@pytest.mark.parametrize(
    ("question", "handles"),
    [
        (ListProjectStates(text="CM"), ["acme"]),
        (ListProjectStates(text="%"), []),
        (ListProjectStates(status="failed"), ["acme"]),
        (ListProjectStates(sort="name"), ["acme", "ada"]),
        (ListProjectStates(per_page=1, page=2), ["ada"]),
        (ListProjectStates(page=9), []),
    ],
)
async def test_projects_are_found_sorted_and_paged(
    world: World, question: ListProjectStates, handles: list[str]
) -> None:
    ada, _ = await two_projects(world)
    shown = await world.shown(question, ada)
    assert [each.handle for each in shown.items] == handles


async def test_a_list_of_the_past_counts_what_was_then(world: World) -> None:
    ada = await world.person("ada")
    service = await failing(world, ada.home, "api")
    before = await world.happened(ServiceRemoved(service_id=service, force=False)) - 1
    await world.project()
    now = await world.shown(ListProjectStates(), ada)
    then = await world.shown(ListProjectStates(), ada, as_of=before)
    assert (now.items[0].services, then.items[0].services) == (0, 1)
    assert then.items[0].states == (StateCount(status="failed", services=1),)
    assert (await world.shown(ListServiceStates(project="ada"), ada)).items == ()
    listed = await world.shown(ListServiceStates(project="ada"), ada, as_of=before)
    assert [each.name for each in listed.items] == ["api"]


async def test_services_come_the_worst_first_with_what_they_are_made_of(world: World) -> None:
    ada, _ = await two_projects(world)
    shown = await world.shown(ListServiceStates(project="acme"), ada)
    assert [(each.name, each.status) for each in shown.items] == [
        ("broken", "failed"),
        ("coming", "deploying"),
        ("fine", "running"),
    ]
    broken = shown.items[0]
    assert (broken.facets, broken.source) == (("workload",), "acme/api")
    assert (broken.status_reason, broken.status_message) == ("crash", "exit 1")
    assert broken.updated_by_name == "the command"


async def test_the_counts_stay_when_one_status_is_picked(world: World) -> None:
    ada, _ = await two_projects(world)
    shown = await world.shown(ListServiceStates(project="acme", status="failed"), ada)
    assert ([each.name for each in shown.items], shown.total) == (["broken"], 1)
    assert sum(each.services for each in shown.states) == 3


async def test_a_text_is_found_in_what_people_remember(world: World) -> None:
    ada = await world.person("ada")
    image = replace(WORKLOAD, repo=None, branch=None, image="registry/vision:1.9")
    by_image, _ = await world.service(ada.home, "one", image)
    await world.service(ada.home, "two")
    await world.service(ada.home, "plain", None)
    await world.project()
    for text, names in [
        ("VISION:1", ["one"]),
        ("acme/api", ["two"]),
        (by_image, ["one"]),
        ("lai", ["plain"]),
        ("_", []),
        ("%", []),
    ]:
        shown = await world.shown(ListServiceStates(text=text), ada)
        assert [each.name for each in shown.items] == names, text
    plain = await world.shown(ListServiceStates(text="plain"), ada)
    assert plain.states == (StateCount(status=None, services=1),)


async def test_nobody_sees_what_is_not_his(world: World) -> None:
    await two_projects(world)
    eve = await world.person("eve")
    await world.project()
    assert [each.handle for each in (await world.shown(ListProjectStates(), eve)).items] == ["eve"]
    assert (await world.shown(ListServiceStates(), eve)).items == ()
    assert isinstance(await world.refused(ListServiceStates(project="acme"), eve), Forbidden)


async def test_a_moment_is_a_position_and_a_time(world: World) -> None:
    ada = await world.person("ada")
    service, _ = await world.service(ada.home, "api")
    last = await world.happened(ServiceRemoved(service_id=service, force=False))
    await world.project()
    by_position = await world.shown(GetMoment(), ada, as_of=last - 1)
    assert by_position.position == last - 1
    by_time = await world.shown(GetMoment(), ada, as_of=by_position.at)
    assert (by_time.position, by_time.at) == (last - 1, by_position.at)
    assert (await world.shown(GetMoment(), ada)).position == last

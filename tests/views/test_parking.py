"""An event that cannot be applied parks its stream, loudly; the others go on."""

import logging

import pytest

from services.query.checkpoints import PARKED_MAX
from shared.domain.rejections import NotFound
from shared.domain.service.events import RolloutSucceeded
from shared.envelope.messages import Answered, Rejected
from shared.queries.services import GetService, ListServices
from tests.views.world import Person, World


async def poison(world: World, service_id: str) -> int:
    """An event of a shape that nobody knows."""
    return await world.appended(f"service-{service_id}", "service.removed", 99, "{}")


async def test_a_stream_with_an_unknown_shape_is_parked_and_the_others_go_on(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    ada = await world.person("ada")
    bad, deployment = await world.service(ada.home, "bad")
    position = await poison(world, bad)
    await world.happened(RolloutSucceeded(service_id=bad, deployment_id=deployment))
    await world.service(ada.home, "good")
    with caplog.at_level(logging.ERROR):
        parks = await world.project()
    assert {(p.version.view.name, p.event.position) for p in parks} == {
        ("services", position),
        ("history", position),
        ("microvisualizer", position),
    }
    assert any(record.message == "stream_parked" for record in caplog.records)
    page = await world.shown(ListServices(project="ada"), ada)
    # What came after the bad event waits with it: nothing of a stream is shown out of order.
    assert [(s.name, s.status) for s in page.items] == [
        ("good", "deploying"),
        ("bad", "deploying"),
    ]
    rows = await world.reading.reader.rows(
        "select view, stream, position, type from view.parked order by view"
    )
    assert rows == [
        (view, f"service-{bad}", position, "service.removed")
        for view in ("history", "microvisualizer", "services")
    ]


async def test_what_the_database_refuses_parks_only_its_stream_of_only_its_view(
    world: World,
) -> None:
    ada = await world.person("ada")
    await world.connection.execute(
        "alter table view.service add constraint no_cursed check (name <> 'cursed')"
    )
    await world.service(ada.home, "fine")
    cursed, _ = await world.service(ada.home, "cursed")
    last, _ = await world.service(ada.home, "fine-too")
    parks = await world.project()
    assert [(p.version.view.name, p.event.stream) for p in parks] == [
        ("services", f"service-{cursed}")
    ]
    page = await world.shown(ListServices(project="ada"), ada)
    assert [s.name for s in page.items] == ["fine-too", "fine"]
    refused = await world.ask(GetService(project="ada", name="cursed"), ada)
    assert isinstance(refused, Rejected)
    assert refused.rejection == NotFound(kind="service", key="cursed")
    answer = await world.ask(GetService(project="ada", name="fine-too"), ada)
    assert isinstance(answer, Answered)
    assert (answer.stale, answer.document.id) == (False, last)


async def test_too_many_parked_streams_halt_the_view_and_nobody_waits_for_it(
    world: World,
) -> None:
    ada = await world.person("ada")
    await halted(world, ada)
    await world.service(ada.home, "unseen")
    await world.project()
    head = await world.store.head()
    assert world.progress.of(("identity",)) == world.progress.of(("history",)) == head
    assert world.progress.of(("services",)) < head
    answer = await world.ask(ListServices(project="ada"), ada, after=head)
    assert isinstance(answer, Answered)
    assert answer.stale
    assert "unseen" not in [s.name for s in answer.document.items]


async def halted(world: World, person: Person) -> None:
    """`services` alone: only its table refuses them."""
    await world.connection.execute(
        "alter table view.service add constraint no_cursed check (name not like 'cursed%')"
    )
    for n in range(PARKED_MAX + 1):
        await world.service(person.home, f"cursed-{n}")
    await world.project()
    assert world.progress.halted == {"services"}


async def test_streams_that_no_view_shows_are_passed_by(world: World) -> None:
    ada = await world.person("ada")
    await world.appended("telegram-65f0c1a2b3c4d5e6f7a8b9c0", "telegram.sent", 1, "{}")
    await world.service(ada.home, "api")
    assert await world.project() == []
    assert (await world.shown(ListServices(project="ada"), ada)).total == 1

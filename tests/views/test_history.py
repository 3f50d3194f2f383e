"""What happened to a thing, in order, also after it is gone; and that every statement is used."""

from pathlib import Path

import pytest

from services.query.registry import VIEWS
from services.query.view import View
from shared.domain.project.events import ProjectRevised
from shared.domain.rejections import Invalid
from shared.domain.service.events import ServiceRemoved
from shared.queries.catalog import QUESTIONS
from shared.queries.history import GetHistory, HistoryPage
from tests.views.test_services import ready, started, stopped
from tests.views.world import Person, World


async def history(world: World, person: Person, kind: str, id_: str, **options: int) -> HistoryPage:
    question = GetHistory(subject_kind=kind, subject_id=id_, **options)
    page = await world.shown(question, person)
    assert isinstance(page, HistoryPage)
    return page


async def test_a_services_history_has_its_replicas_events_and_outlives_it(world: World) -> None:
    ada = await world.person("ada")
    service, deployment = await world.service(ada.home, "api")
    replica = world.new_id()
    await world.service(ada.home, "another")
    await world.happened(
        started(replica, service, ada.home, deployment),
        ready(replica, service),
        ServiceRemoved(service_id=service, force=False),
        stopped(replica, service),
    )
    await world.project()
    page = await history(world, ada, "service", service)
    assert [event.type for event in page.items] == [
        "service.registered",
        "service.rollout_started",
        "replica.started",
        "replica.became_ready",
        "service.removed",
        "replica.stopped",
    ]
    assert page.next_after_position is None
    assert page.items[0].data["name"] == "api"
    assert page.items[0].stream == f"service-{service}"


async def test_history_comes_in_pages_that_neither_lose_nor_repeat(world: World) -> None:
    ada = await world.person("ada")
    for n in range(4):
        await world.happened(ProjectRevised(project_id=ada.home, name=f"n{n}", description=""))
    await world.project()
    types: list[str] = []
    after: int | None = 0
    while after is not None:
        page = await history(world, ada, "project", ada.home, after_position=after, limit=2)
        assert len(page.items) <= 2
        types += [event.type for event in page.items]
        after = page.next_after_position
    assert types == ["project.created"] + ["project.revised"] * 4
    own = await history(world, ada, "principal", ada.id)
    assert [event.type for event in own.items] == ["principal.user_created"]


async def test_other_kinds_have_no_history(world: World) -> None:
    ada = await world.person("ada")
    await world.project()
    refused = await world.refused(GetHistory(subject_kind="grant", subject_id="x"), ada)
    assert isinstance(refused, Invalid)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_every_statement_is_used_by_its_view(view: View) -> None:
    folder = Path(view.sql).parent
    code = "".join(file.read_text("utf-8") for file in folder.glob("*.py"))
    unused = [file.stem for file in view.sql.glob("*.sql") if f'"{file.stem}"' not in code]
    assert unused == []


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_answers_the_questions_that_bear_its_name(view: View) -> None:
    named = {cls for cls in QUESTIONS.values() if view_of_class(cls) == view.name}
    assert set(view.answers) == named


def view_of_class(cls: type) -> str:
    return next(name.partition(".")[0] for name, c in QUESTIONS.items() if c is cls)

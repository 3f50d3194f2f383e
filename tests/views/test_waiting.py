"""A question waits for its position in memory, bounded, and then says that it is stale."""

import asyncio
import time

from services.query.progress import Progress
from shared.domain.rejections import NotFound
from shared.envelope.messages import BEHIND, Answered, Broken, Rejected
from shared.kernel.actor import process_actor
from shared.queries.identity import Authenticate
from shared.queries.services import GetService, GetServiceById, ListServices
from tests.views.world import World


async def test_an_answer_waits_until_the_view_has_passed_the_write(world: World) -> None:
    ada = await world.person("ada")
    await world.project()
    await world.service(ada.home, "api")
    head = await world.store.head()
    asked = asyncio.create_task(world.ask(GetService(project="ada", name="api"), ada, after=head))
    await asyncio.sleep(0.02)
    assert not asked.done()
    await world.project()
    answer = await asked
    assert isinstance(answer, Answered)
    assert (answer.stale, answer.position) == (False, head)


async def test_after_the_time_it_answers_what_there_is_and_says_so(world: World) -> None:
    ada = await world.person("ada")
    await world.project()
    before = await world.store.head()
    await world.service(ada.home, "api")
    started = time.monotonic()
    answer = await world.ask(ListServices(project="ada"), ada, after=before + 2)
    assert isinstance(answer, Answered)
    assert (answer.stale, answer.position, answer.document.total) == (True, before, 0)
    assert 0.15 < time.monotonic() - started < 2


async def test_what_is_not_there_yet_is_not_called_absent(world: World) -> None:
    ada = await world.person("ada")
    await world.project()
    service, _ = await world.service(ada.home, "api")
    head = await world.store.head()
    for question in (GetServiceById(service_id=service), GetService(project="ada", name="api")):
        assert await world.ask(question, ada, after=head) == Broken(what=BEHIND)
    await world.project()
    absent = await world.ask(GetService(project="ada", name="other"), ada, after=head)
    assert absent == Rejected(rejection=NotFound(kind="service", key="other"))


async def test_a_new_key_is_not_called_wrong_before_it_can_be_known(world: World) -> None:
    await world.person("ada")
    gateway, question = process_actor("gateway"), Authenticate(digest="digest-of-ada")
    head = await world.store.head()
    assert await world.ask(question, gateway, after=head) == Broken(what=BEHIND)
    await world.project()
    assert isinstance(await world.ask(question, gateway, after=head), Answered)


async def test_waiting_ends_with_the_views_asked_for_and_not_with_others() -> None:
    progress = Progress()
    progress.move({"a": 5, "b": 1})
    assert await progress.passed(("a",), 5, 0.01)
    assert not await progress.passed(("a", "b"), 5, 0.01)
    waiting = asyncio.create_task(progress.passed(("a", "b"), 5, 1))
    await asyncio.sleep(0)
    assert progress.awaited == 5
    progress.move({"a": 6, "b": 4})
    await asyncio.sleep(0)
    assert not waiting.done()
    progress.move({"a": 6, "b": 6})
    assert await waiting
    assert progress.awaited == 0


async def test_nobody_waits_for_a_halted_view() -> None:
    progress = Progress()
    progress.move({"a": 1})
    waiting = asyncio.create_task(progress.passed(("a",), 9, 5))
    await asyncio.sleep(0)
    progress.move({"a": 1}, halted=["a"])
    assert not await asyncio.wait_for(waiting, 1)
    assert not await progress.passed(("a",), 9, 5)

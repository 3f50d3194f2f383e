"""A grant on one service in the views beside `services`: it is seen, and nothing beside it is."""

from dataclasses import dataclass
from typing import Any

import pytest

from shared.domain.grant.events import GrantGiven, GrantRevoked
from shared.domain.project.events import ProjectRemoved
from shared.domain.rejections import Forbidden, NotFound
from shared.domain.service.events import (
    ConversationRevised,
    ParticipationRevised,
    RegistrationRevised,
    ServiceRemoved,
)
from shared.domain.service.facets.conversation import Conversation
from shared.domain.service.facets.participation import Participation
from shared.domain.service.facets.registration import Registration
from shared.domain.vault.events import SecretsErased
from shared.queries.audit import (
    FollowLog,
    GetBlame,
    GetDiff,
    GetState,
    GetTimeline,
    GetWhy,
    Instant,
    ListHistory,
)
from shared.queries.console import ListServiceStates
from shared.queries.conversations import GetConversation, ListConversations, ListUnitTests
from shared.queries.microvisualizer import (
    GetChange,
    GetSnapshot,
    GetSnapshotById,
    ListChanges,
    ListSnapshots,
)
from shared.queries.registrations import (
    GetRegistration,
    GetServiceHome,
    ListRegistrations,
    Selection,
)
from tests.views.world import Person, World, registered

REGISTRATION = Registration(config={"model": "m"})
CONVERSATION = Conversation(
    agent_id="a1" * 12, state_machine_id="b2" * 12, is_active=True, tags=(("t", "v"),)
)
PARTICIPATION = Participation(owner="team")


@dataclass(kw_only=True)
class Scene:
    """Bob's project has `seen` and `hidden`, each in every dialect; eve has a grant on `seen`."""

    world: World
    bob: Person
    eve: Person
    seen: str
    hidden: str
    grant: str
    born: dict[str, int]

    async def shown(self, question: Any, **options: Any) -> Any:
        return await self.world.shown(question, self.eve, **options)

    async def refused(self, question: Any) -> Any:
        return await self.world.refused(question, self.eve)

    async def happened(self, *events: Any) -> int:
        position = await self.world.happened(*events, account=self.bob.id)
        await self.world.project()
        return position


async def made(world: World, bob: Person, name: str) -> tuple[str, int]:
    id_ = world.new_id()
    position = await world.happened(
        registered(id_, bob.home, name),
        RegistrationRevised(service_id=id_, registration=REGISTRATION, changed=("config",)),
        ConversationRevised(service_id=id_, conversation=CONVERSATION, changed=("agent_id",)),
        ParticipationRevised(service_id=id_, participation=PARTICIPATION, changed=("owner",)),
        account=bob.id,
        actor=bob.actor.text,
    )
    return id_, position


async def granted(world: World, eve: Person, service_id: str) -> str:
    grant = world.new_id()
    await world.happened(
        GrantGiven(
            grant_id=grant,
            principal_id=eve.id,
            action="service.read",
            resource=f"service:{service_id}",
        ),
        account=eve.id,
    )
    await world.project()
    return grant


@pytest.fixture
async def scene(world: World) -> Scene:
    bob, eve = await world.person("bob"), await world.person("eve")
    born: dict[str, int] = {}
    ids = {}
    for name in ("seen", "hidden"):
        ids[name], born[name] = await made(world, bob, name)
    grant = await granted(world, eve, ids["seen"])
    return Scene(world=world, bob=bob, eve=eve, grant=grant, born=born, **ids)


# Questions whose answers hold services, and how to read their ids.
LISTS: tuple[tuple[Any, Any], ...] = (
    (ListRegistrations(project="bob"), lambda page: [item.id for item in page.items]),
    (ListConversations(organization="bob"), lambda page: [item.service_id for item in page.items]),
    (ListSnapshots(project="bob"), lambda page: [item.service_id for item in page.items]),
    (ListServiceStates(project="bob"), lambda page: [item.id for item in page.items]),
    (ListServiceStates(), lambda page: [item.id for item in page.items]),
)


def question_of(case: tuple[Any, Any]) -> str:
    return type(case[0]).__name__


@pytest.mark.parametrize("case", LISTS, ids=question_of)
async def test_lists_hold_it_alone_now_and_then(scene: Scene, case: tuple[Any, Any]) -> None:
    question, ids_of = case
    page = await scene.shown(question)
    assert ids_of(page) == [scene.seen]
    assert getattr(page, "total", 1) == 1
    then = await scene.shown(question, as_of=scene.born["hidden"])
    assert ids_of(then) == [scene.seen]
    before = await scene.world.ask(question, scene.eve, as_of=2)
    assert "hidden" not in repr(before)


@pytest.mark.parametrize("case", LISTS, ids=question_of)
async def test_lists_hold_nothing_for_a_grant_elsewhere_or_one_that_ended(
    scene: Scene, case: tuple[Any, Any]
) -> None:
    question, ids_of = case
    await scene.happened(GrantRevoked(grant_id=scene.grant, principal_id=scene.eve.id))
    elsewhere, _ = await made(scene.world, await scene.world.person("ann"), "elsewhere")
    await granted(scene.world, scene.eve, elsewhere)
    if question == ListServiceStates():
        assert ids_of(await scene.shown(question)) == [elsewhere]
    else:
        assert isinstance(await scene.refused(question), Forbidden | NotFound)


@pytest.mark.parametrize("case", LISTS, ids=question_of)
async def test_a_removed_project_shows_nothing(scene: Scene, case: tuple[Any, Any]) -> None:
    question, ids_of = case
    await scene.happened(ProjectRemoved(project_id=scene.bob.home))
    if question == ListServiceStates():
        assert ids_of(await scene.shown(question)) == []
    else:
        assert isinstance(await scene.refused(question), Forbidden | NotFound)


async def test_one_by_one_it_is_shown_and_its_neighbour_is_absent(scene: Scene) -> None:
    changes = (await scene.world.shown(ListChanges(project="bob"), scene.bob)).items
    change = {item.slug: item.id for item in changes}
    for slug, id_ in (("seen", scene.seen), ("hidden", scene.hidden)):
        questions: list[Any] = [
            GetRegistration(service_id=id_),
            GetServiceHome(service_id=id_),
            GetConversation(organization="bob", service_id=id_),
            GetSnapshot(project="bob", slug=slug),
            GetSnapshotById(service_id=id_),
            GetChange(project="bob", change_id=change[slug]),
            *(cls(kind="service", id=id_) for cls in (ListHistory, GetState, GetBlame)),
            GetDiff(kind="service", id=id_, start=Instant(position=3), end=Instant()),
            GetTimeline(service_id=id_),
            GetWhy(position=scene.born[slug]),
        ]
        for question in questions:
            if id_ == scene.seen:
                assert await scene.shown(question), question
            else:
                assert isinstance(await scene.refused(question), NotFound), question


async def test_counts_filters_and_pages_know_of_it_alone(scene: Scene) -> None:
    world = scene.world
    third, _ = await made(world, scene.bob, "third")
    await granted(world, scene.eve, third)
    page = await scene.shown(
        ListRegistrations(project="bob", selection=Selection(limit=1, offset=1))
    )
    assert (len(page.items), page.total) == (1, 2)
    conversations = await scene.shown(ListConversations(organization="bob", limit=1))
    assert (len(conversations.items), conversations.has_more) == (1, True)
    assert conversations.tags == ("t:v",)
    both = ListConversations(organization="bob", ids=(scene.hidden, third))
    assert [item.service_id for item in (await scene.shown(both)).items] == [third]
    changes = await scene.shown(ListChanges(project="bob", size=1))
    assert (changes.total, changes.items[0].slug) == (4, "third")  # Each was made and changed.
    assert (await scene.shown(ListUnitTests(organization="bob"))).items == ()
    states = await scene.shown(ListServiceStates(project="bob", text="hidden"))
    assert (states.total, states.items) == (0, ())


async def test_the_history_of_what_was_removed_stays_readable(scene: Scene) -> None:
    await scene.happened(ServiceRemoved(service_id=scene.seen, force=False))
    changes = await scene.shown(ListChanges(project="bob"))
    assert {item.slug for item in changes.items} == {"seen"}
    history = await scene.shown(ListHistory(kind="service", id=scene.seen))
    assert history.items[-1].type == "service.removed"
    assert (await scene.shown(ListSnapshots(project="bob"))).items == ()


@pytest.mark.parametrize("by", ["nothing", "account", "project", "stream"])
async def test_the_stream_tells_of_it_alone(scene: Scene, by: str) -> None:
    erased = [
        SecretsErased(owner_id=owner, account_id=scene.bob.id)
        for owner in (scene.seen, scene.hidden, scene.bob.id)
    ]
    await scene.happened(*erased)
    narrowed: dict[str, Any] = {
        "nothing": {},
        "account": {"account_id": scene.bob.id},
        "project": {"project_id": scene.bob.home},
        "stream": {"stream": f"service-{scene.seen}"},
    }[by]
    page = await scene.shown(FollowLog(after=0, **narrowed))
    told = {event.stream for event in page.events if event.account_id == scene.bob.id}
    streams = {f"service-{scene.seen}"} | (set() if by == "stream" else {f"vault-{scene.seen}"})
    assert told == streams
    await scene.happened(GrantRevoked(grant_id=scene.grant, principal_id=scene.eve.id))
    answer = await scene.world.ask(FollowLog(after=0, **narrowed), scene.eve)
    assert scene.seen not in repr(
        [
            e.data
            for e in getattr(getattr(answer, "document", None), "events", ())
            if e.account_id == scene.bob.id
        ]
    )

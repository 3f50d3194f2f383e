"""A project as an architecture: snapshots, changes, pins and shares, now and at any moment."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.project.events import (
    CollaboratorSet,
    ProjectCreated,
    ProjectPinned,
    ProjectRemoved,
    ProjectRevised,
    ProjectShared,
    ProjectUnpinned,
    ProjectUnshared,
)
from shared.domain.rejections import Forbidden, NotFound
from shared.domain.service.events import (
    ParticipationRevised,
    ServiceRemoved,
    ServiceRevised,
)
from shared.domain.service.facets.participation import Participation, Topic
from shared.envelope.codec import encode, name_of
from shared.eventstore import Commit, NewEvent
from shared.kernel.actor import Actor, process_actor
from shared.queries.microvisualizer import (
    ActorName,
    GetChange,
    GetProjectCard,
    GetShare,
    GetSnapshot,
    ListChanges,
    ListPins,
    ListProjectCards,
    ListShared,
    ListSnapshots,
)
from shared.runtime.ids import new_command_id
from tests.views.world import Person, World, registered

PAYS = Participation(
    category="Money", owner="Team A", produces=(Topic(name="paid"),), extras={"a": "1"}
)


async def commanded(world: World, actor: Actor, stream: str, *events: Any) -> int:
    """Several events of one command, as somebody."""
    past = await world.store.read(stream)
    verdict = await world.store.append(
        Commit(
            account_id=past.account_id or actor.id,
            stream=stream,
            stream_type=stream.partition("-")[0],
            expected=past.version,
            command_id=new_command_id(),
            fingerprint=None,
            correlation_id=new_command_id(),
            causation_id=None,
            actor=actor.text,
            credential_id=actor.credential_id,
            surface="test",
            reason=None,
            epoch=None,
            events=tuple(
                NewEvent(type=name_of(e), schema_version=1, data=encode(e).decode()) for e in events
            ),
            claims=(),
            secrets=(),
            result=None,
            previous_leaf=past.leaf,
        )
    )
    position: int = verdict.position  # type: ignore[union-attr]  # nobody else appends here
    return position


async def drawn(
    world: World, ada: Person, name: str, participation: Participation | None = PAYS
) -> tuple[str, int]:
    """A service of Ada's home project; answers its id and the position of its birth."""
    id_ = world.new_id()
    event = replace(registered(id_, ada.home, name, None), participation=participation)
    return id_, await commanded(world, ada.actor, f"service-{id_}", event)


async def test_every_live_service_is_a_snapshot_whatever_it_is_made_of(world: World) -> None:
    ada = await world.person("ada")
    await world.service(ada.home, "web")
    await drawn(world, ada, "pay")
    await world.project()
    page = await world.shown(ListSnapshots(project="ada"), ada)
    assert [(s.slug, s.participation) for s in page.items] == [
        ("pay", PAYS), ("web", Participation())
    ]  # fmt: skip
    pay = page.items[0]
    assert pay.created_by == pay.updated_by == ActorName(name="laptop", is_key=True)
    assert (pay.valid_from, pay.valid_until) == (pay.created_at, None)
    assert page.items[1].created_by == ActorName(name="chronoplane", is_key=True)


async def test_two_events_of_one_command_are_one_change(world: World) -> None:
    ada = await world.person("ada")
    id_, born = await drawn(world, ada, "pay")
    changed = await commanded(
        world,
        ada.actor,
        f"service-{id_}",
        ServiceRevised(
            service_id=id_, name="Cash", slug="cash", description="", labels=(), changed=("name",)
        ),
        ParticipationRevised(service_id=id_, participation=Participation(), changed=("owner",)),
    )
    gone = await commanded(
        world, ada.actor, f"service-{id_}", ServiceRemoved(service_id=id_, force=False)
    )
    await world.project()
    page = await world.shown(ListChanges(project="ada"), ada)
    assert page.total == 3
    assert [(c.kind, c.slug) for c in page.items] == [
        ("DELETE", "cash"), ("UPDATE", "cash"), ("CREATE", "pay")
    ]  # fmt: skip
    assert {c.actor.name for c in page.items} == {"laptop"}

    async def pair(number: int) -> tuple[Any, ...]:
        found = await world.shown(GetChange(project="ada", change_id=page.items[number].id), ada)
        return tuple(
            None if s is None else (s.slug, s.participation) for s in (found.before, found.after)
        )

    assert await pair(2) == (None, ("pay", PAYS))
    assert await pair(1) == (("pay", PAYS), ("cash", Participation()))
    assert await pair(0) == (("cash", Participation()), None)
    then = await world.shown(ListChanges(project="ada"), ada, as_of=changed)
    assert (then.total, [c.kind for c in then.items]) == (2, ["UPDATE", "CREATE"])
    late = GetChange(project="ada", change_id=page.items[0].id)
    assert isinstance(await world.refused(late, ada, as_of=gone - 1), NotFound)
    assert (await world.shown(ListSnapshots(project="ada"), ada)).items == ()
    old = await world.shown(GetSnapshot(project="ada", slug="pay"), ada, as_of=born)
    assert old.valid_until is not None


async def test_what_only_concerns_running_leaves_no_trace(world: World) -> None:
    ada = await world.person("ada")
    id_, _ = await drawn(world, ada, "pay")
    await world.happened(
        ServiceRevised(
            service_id=id_,
            name="pay",
            slug="pay",
            description="",
            labels=(("a", "b"),),
            changed=("labels",),
        )
    )
    await world.service(ada.home, "web")
    await world.project()
    assert (await world.shown(ListChanges(project="ada"), ada)).total == 2


async def test_at_the_instant_of_removal_it_is_gone_and_a_successor_is_another(
    world: World,
) -> None:
    ada = await world.person("ada")
    first, born = await drawn(world, ada, "pay")
    await world.happened(ServiceRemoved(service_id=first, force=False))
    removed = await world.store.head()
    second, again = await drawn(world, ada, "pay", None)
    await world.project()
    times = {
        position: (
            await world.reading.reader.rows(
                "select recorded_at from es.event where position = %s", (position,)
            )
        )[0][0]
        for position in (born, removed, again)
    }
    question = GetSnapshot(project="ada", slug="pay")
    snapshot = await world.shown(question, ada, as_of=times[born])
    assert (snapshot.service_id, snapshot.valid_until) == (first, times[removed])
    assert isinstance(await world.refused(question, ada, as_of=times[removed]), NotFound)
    assert (await world.shown(question, ada, as_of=times[again])).service_id == second
    assert (await world.shown(question, ada)).created_at == times[again]
    assert (await world.shown(ListSnapshots(project="ada"), ada, as_of=born - 1)).items == ()


async def test_long_lists_come_in_pages_that_fit_the_bus(world: World) -> None:
    ada = await world.person("ada")
    big = Participation(
        produces=tuple(Topic(name=f"{n}" * 200, category="c" * 60) for n in range(150))
    )
    for number in range(7):
        await drawn(world, ada, f"s{number}", big)
    await world.project()
    slugs: list[str] = []
    pages, after = 0, ""
    while True:
        page = await world.shown(ListSnapshots(project="ada", after=after), ada)
        assert len(encode(page)) < 700_000
        slugs += [s.slug for s in page.items]
        pages += 1
        if page.next_after is None:
            break
        after = page.next_after
    assert slugs == [f"s{n}" for n in range(7)]
    assert pages > 1


async def test_a_project_changes_when_one_of_its_services_does(world: World) -> None:
    ada = await world.person("ada")
    await world.project()
    before = await world.shown(GetProjectCard(key="ada"), ada)
    assert (before.service_count, before.is_owner) == (0, True)
    _, position = await drawn(world, ada, "pay")
    await world.project()
    after = await world.shown(GetProjectCard(key="ada"), ada)
    assert after.updated_at > before.updated_at
    assert (after.service_count, after.updated_by.name) == (1, "laptop")
    past = await world.shown(GetProjectCard(key=ada.home, by_id=True), ada, as_of=position - 1)
    assert past == before


async def test_projects_are_listed_filtered_and_counted_at_a_moment(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    ids = {}
    for name in ("alpha", "beta", "Alphabet"):
        ids[name] = world.new_id()
        await commanded(
            world,
            ada.actor,
            f"project-{ids[name]}",
            ProjectCreated(
                project_id=ids[name],
                account_id=ada.id,
                handle=f"{name.lower()}-12345",
                name=name,
                description="",
                is_home=False,
            ),
        )
    early = await world.store.head()
    await world.happened(
        ProjectRevised(project_id=ids["alpha"], name="alpha", description="", archived=True),
        ProjectPinned(project_id=ids["beta"], principal_id=ada.id),
        ProjectPinned(project_id=ids["beta"], principal_id=bob.id),
        ProjectPinned(project_id=ids["alpha"], principal_id=ada.id),
        CollaboratorSet(project_id=ids["beta"], principal_id=bob.id, role="viewer"),
    )
    await world.project()

    async def names(asker: Person = ada, as_of: int | None = None, **filters: Any) -> list[str]:
        page = await world.shown(ListProjectCards(**filters), asker, as_of=as_of)
        assert page.total >= len(page.items)
        return [item.name for item in page.items]

    assert await names() == ["alpha", "Alphabet", "beta", "Ada"]
    assert await names(size=2, page=1) == ["beta", "Ada"]
    assert await names(page=9) == []
    assert await names(archived=True) == ["alpha"]
    assert await names(archived=True, as_of=early) == []
    assert await names(name_part="ALPHA") == ["alpha", "Alphabet"]
    assert await names(name_part="%") == []
    assert await names(pinned=True) == ["alpha", "beta"]
    assert await names(pinned=False) == ["Alphabet", "Ada"]
    assert await names(created_by=ada.id) == await names(created_by="ada")
    assert await names(created_by="ada") == ["alpha", "Alphabet", "beta"]
    assert await names(created_by="nobody") == []
    assert await names(bob) == ["beta", "Bob"]
    assert not (await world.shown(GetProjectCard(key="beta-12345"), bob)).is_owner
    pins = await world.shown(ListPins(), ada)
    assert [pin.handle for pin in pins.items] == ["alpha-12345", "beta-12345"]
    await world.happened(
        ProjectUnpinned(project_id=ids["alpha"], principal_id=ada.id),
        ProjectRemoved(project_id=ids["beta"]),
    )
    await world.project()
    assert (await world.shown(ListPins(), ada)).items == ()
    assert await names(as_of=early) == ["Alphabet", "alpha", "Ada"]


@pytest.mark.parametrize(
    "question",
    [
        GetProjectCard(key="ada"),
        GetSnapshot(project="ada", slug="pay"),
        ListSnapshots(project="ada"),
        ListChanges(project="ada"),
        GetShare(project="ada"),
    ],
    ids=lambda q: type(q).__name__,
)
async def test_a_foreign_project_is_one_that_nobody_has(world: World, question: Any) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    await drawn(world, ada, "pay")
    await world.project()
    assert await world.refused(question, bob) == NotFound(kind="project", key="ada")
    field = "key" if isinstance(question, GetProjectCard) else "project"
    unknown = replace(question, **{field: "nobody"})
    assert await world.refused(unknown, bob) == NotFound(kind="project", key="nobody")


async def test_a_share_opens_the_project_of_today_until_it_is_replaced(world: World) -> None:
    ada = await world.person("ada")
    await drawn(world, ada, "pay")
    first, row = await world.vault.seal(ada.id, ada.home, "share_token", "token-1")
    shared = await world.happened(
        ProjectShared(project_id=ada.home, token=first, digest="d1"),
        account=ada.id,
        secrets=(row,),
    )
    await world.project()
    assert (await world.shown(GetShare(project="ada"), ada)).token == "token-1"
    page = await world.told(ListShared(digest="d1"), "gateway")
    assert [s.slug for s in page.items] == ["pay"]
    assert isinstance(await world.refused(ListShared(digest="d1"), ada), Forbidden)
    second, row = await world.vault.seal(ada.id, ada.home, "share_token", "token-2")
    await world.happened(
        ProjectShared(project_id=ada.home, token=second, digest="d2"),
        secrets=(row,),
    )
    await world.project()
    gateway = process_actor("gateway")
    nobody = NotFound(kind="share", key="")
    old = ListShared(digest="d1")
    assert await world.refused(old, gateway, publisher="gateway") == nobody
    assert await world.refused(old, gateway, publisher="gateway", as_of=shared) == nobody
    assert (await world.shown(GetShare(project="ada"), ada)).token == "token-2"
    await world.happened(ProjectUnshared(project_id=ada.home))
    await world.project()
    assert (await world.refused(GetShare(project="ada"), ada)).kind == "share"
    assert await world.refused(ListShared(digest="d2"), gateway, publisher="gateway") == nobody


async def test_before_everything_there_was_no_project_to_show(world: World) -> None:
    ada = await world.person("ada")
    await world.project()
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)
    refused = await world.refused(GetProjectCard(key="ada"), ada, as_of=long_ago)
    assert refused == NotFound(kind="project", key="ada")
    assert (await world.shown(ListProjectCards(), ada, as_of=long_ago)).total == 0

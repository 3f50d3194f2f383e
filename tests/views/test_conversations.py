"""Services that converse, as an organization lists them: filters, orders, pages, permissions."""

from dataclasses import dataclass, replace
from typing import Any

import psycopg
import pytest

from services.query.statements import Statements
from services.query.views.conversations.answer import CONVERSATIONS
from services.query.views.conversations.shape import shaped
from shared.domain.grant.events import GrantGiven
from shared.domain.record.events import RecordDeclared, RecordRevised, RecordVersionAdded
from shared.domain.rejections import Forbidden, NotFound
from shared.domain.service.events import ConversationRevised, ServiceRegistered, ServiceRevised
from shared.domain.service.facets.conversation import Conversation
from shared.domain.unit_test.commands import SuccessCriterion
from shared.domain.unit_test.events import UnitTestCreated, UnitTestDeleted
from shared.queries.conversations import (
    GetConversation,
    GetOrganization,
    GetRecord,
    GetUnitTest,
    ListConversations,
    ListRecords,
    ListRecordVersions,
    ListUnitTests,
    Order,
)
from tests.views.world import Person, World

AGENT, MACHINE = "aa" * 12, "bb" * 12
PLAIN = Conversation(agent_id=AGENT, state_machine_id=MACHINE, is_active=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acme:
    ann: Person
    home: str
    ids: dict[str, str]


@pytest.fixture
async def acme(world: World) -> Acme:
    """b and a are active, c is not, d is no conversation."""
    ann = await world.person("ann")
    _, home = await world.organization("acme", ann)
    ids = {}
    for name, conversation in (
        ("b", replace(PLAIN, tags=(("team", "nlp"), ("draft", None)))),
        ("a", replace(PLAIN, tags=(("team", "vision"),))),
        ("c", replace(PLAIN, is_active=False, tags=(("team", "nlp"), ("draft", None)))),
    ):
        ids[name] = await conversing(world, home, name, conversation)
    await world.service(home, "d")
    await world.project()
    return Acme(ann=ann, home=home, ids=ids)


async def conversing(world: World, home: str, name: str, conversation: Conversation) -> str:
    service_id = world.new_id()
    await world.happened(
        ServiceRegistered(
            service_id=service_id,
            project_id=home,
            name=name,
            slug=f"{name}-{service_id[-12:]}",
            description=f"about {name}",
            labels=(),
            workload=None,
            conversation=conversation,
        ),
        account=home,
    )
    return service_id


async def names(world: World, asker: Person, **filters: Any) -> list[str]:
    page = await world.shown(ListConversations(organization="acme", **filters), asker)
    return [item.name for item in page.items]


async def test_only_conversations_are_listed_as_they_were_made(world: World, acme: Acme) -> None:
    page = await world.shown(ListConversations(organization="acme"), acme.ann)
    assert [item.name for item in page.items] == ["b", "a", "c"]
    assert not page.has_more
    first = page.items[0]
    assert first.tags == (("team", "nlp"), ("draft", None))
    assert set(first.version_sets) == {"edge", "release"}


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (("+name",), "abc"),
        (("-name",), "cba"),
        (("+is_active",), "cba"),
        (("-is_active",), "abc"),
        (("+is_active", "+name"), "cab"),
        (("+is_active", "-name"), "cba"),
        (("-is_active", "+name"), "abc"),
        (("-is_active", "-name"), "bac"),
        (("+name", "+is_active"), "abc"),
        (("+name", "-is_active"), "abc"),
        (("-name", "+is_active"), "cba"),
        (("-name", "-is_active"), "cba"),
    ],
)
async def test_every_order(
    world: World, acme: Acme, order: tuple[Order, ...], expected: str
) -> None:
    assert await names(world, acme.ann, order=order) == list(expected)


async def test_filters_narrow_and_meet(world: World, acme: Acme) -> None:
    assert await names(world, acme.ann, is_active=False) == ["c"]
    assert await names(world, acme.ann, ids=(acme.ids["a"], acme.ids["c"])) == ["a", "c"]
    assert await names(world, acme.ann, tags=(("team", "nlp"),)) == ["b", "c"]
    assert await names(world, acme.ann, tags=(("team", "*"),)) == ["b", "a", "c"]
    assert await names(world, acme.ann, tags=(("draft", None),), is_active=True) == ["b"]
    assert await names(world, acme.ann, tags=(("team", "nlp"), ("team", "vision"))) == []
    assert await names(world, acme.ann, tags=(("team", None),)) == []


async def test_pages_follow_one_another_and_tags_come_with_the_first(
    world: World, acme: Acme
) -> None:
    question = ListConversations(organization="acme", limit=2, order=("+name",))
    first = await world.shown(question, acme.ann)
    assert [item.name for item in first.items] == ["a", "b"]
    assert first.has_more
    assert first.tags == ("draft:", "team:nlp", "team:vision")
    second = await world.shown(replace(question, offset=2), acme.ann)
    assert [item.name for item in second.items] == ["c"]
    assert not second.has_more
    assert second.tags is None


async def test_a_grant_on_one_service_shows_that_one_and_full_pages(
    world: World, acme: Acme
) -> None:
    eve = await world.person("eve")
    foreign = await conversing(world, eve.home, "hers", PLAIN)
    for service_id in (acme.ids["c"], foreign):
        await world.happened(
            GrantGiven(
                grant_id=world.new_id(),
                principal_id=eve.id,
                action="service.read",
                resource=f"service:{service_id}",
            ),
            account=eve.id,
        )
    await world.project()
    page = await world.shown(ListConversations(organization="acme", limit=1), eve)
    assert [item.name for item in page.items] == ["c"]
    assert not page.has_more
    assert page.tags == ("draft:", "team:nlp")
    shown = await world.shown(GetConversation(organization="acme", service_id=acme.ids["c"]), eve)
    assert shown.name == "c"
    hidden = GetConversation(organization="acme", service_id=acme.ids["a"])
    assert await world.refused(hidden, eve) == NotFound(kind="service", key=acme.ids["a"])
    # Hers is not in this organization, whatever she may see elsewhere.
    elsewhere = GetConversation(organization="acme", service_id=foreign)
    assert await world.refused(elsewhere, eve) == NotFound(kind="service", key=foreign)


async def test_a_stranger_is_refused_and_an_unknown_organization_is_absent(
    world: World, acme: Acme
) -> None:
    eve = await world.person("eve")
    await world.project()
    refusal = await world.refused(ListConversations(organization="acme"), eve)
    assert isinstance(refusal, Forbidden)
    for handle in ("nobody", acme.home):
        absent = await world.refused(ListConversations(organization=handle), eve)
        assert absent == NotFound(kind="organization", key=handle)
        assert await world.refused(GetOrganization(handle=handle), eve) == absent
    assert (await world.shown(GetOrganization(handle="acme"), eve)).is_member is False
    assert (await world.shown(GetOrganization(handle="acme"), acme.ann)).project_id == acme.home


async def test_the_past_is_listed_as_it_was(world: World, acme: Acme) -> None:
    before = world.versions[0].position
    await world.happened(
        ServiceRevised(
            service_id=acme.ids["a"],
            name="z",
            slug="z",
            description="",
            labels=(),
            changed=("name",),
        ),
        ConversationRevised(
            service_id=acme.ids["a"],
            conversation=replace(PLAIN, is_active=False, tags=(("new", None),)),
            changed=("is_active", "tags"),
        ),
    )
    await world.project()
    question = ListConversations(organization="acme", order=("+name",), is_active=True)
    now = await world.shown(question, acme.ann)
    then = await world.shown(question, acme.ann, as_of=before)
    assert [item.name for item in now.items] == ["b"]
    assert [item.name for item in then.items] == ["a", "b"]
    assert "team:vision" in then.tags and "new:" not in then.tags
    assert "new:" in now.tags and "team:vision" not in now.tags


async def test_unit_tests_are_found_by_text_and_stay_when_deleted(world: World, acme: Acme) -> None:
    ids = []
    for name in ("Greets", "Parts"):
        ids.append(world.new_id())
        await world.happened(
            UnitTestCreated(
                unit_test_id=ids[-1],
                project_id=acme.home,
                service_id=acme.ids["a"],
                name=name,
                description="politely",
                version_set_name="release",
                persona_id=AGENT,
                scenario_id=MACHINE,
                interactions_max=3,
                success_criteria=(
                    SuccessCriterion(
                        name="ok",
                        metric_id=AGENT,
                        criterion={"type": "boolean", "expected_value": True},
                    ),
                ),
                tags=(("k", None),),
            ),
            account=acme.home,
        )
    before = await world.happened(
        UnitTestDeleted(unit_test_id=ids[0], project_id=acme.home, service_id=acme.ids["a"])
    )
    await world.project()

    async def listed(**filters: Any) -> list[str]:
        page = await world.shown(ListUnitTests(organization="acme", **filters), acme.ann)
        return [item.name for item in page.items]

    assert await listed() == ["Greets", "Parts"]
    assert await listed(is_deleted=False) == ["Parts"]
    assert await listed(text="gREET") == ["Greets"]
    assert await listed(text="%") == []
    assert await listed(text="politely") == []
    assert await listed(order="-updated_at") == ["Greets", "Parts"]
    assert await listed(order="+updated_at") == ["Parts", "Greets"]
    assert await listed(tags=(("k", None),), metric_ids=(AGENT,)) == ["Greets", "Parts"]
    assert await listed(tags=(("k", "v"),)) == []
    assert await listed(metric_ids=(MACHINE,)) == []
    assert await listed(creator_ids=(acme.ann.id,)) == []
    assert await listed(service_ids=(acme.ids["b"],)) == []
    gone = await world.shown(GetUnitTest(organization="acme", unit_test_id=ids[0]), acme.ann)
    assert gone.is_deleted and gone.tags == (("k", None),)
    then = ListUnitTests(organization="acme", is_deleted=True)
    assert (await world.shown(then, acme.ann, as_of=before - 1)).items == ()


async def test_records_and_their_versions(world: World, acme: Acme) -> None:
    agent = world.new_id()
    await world.happened(
        RecordDeclared(
            record_id=agent, project_id=acme.home, kind="agent", name="Coach", description=""
        ),
        RecordVersionAdded(record_id=agent, number=1, content={"calm": True}),
        RecordVersionAdded(record_id=agent, number=2, content={"calm": False}),
        RecordRevised(record_id=agent, name="Coach", description="old", is_deprecated=True),
        account=acme.home,
    )
    await world.project()
    shown = await world.shown(GetRecord(kind="agent", record_id=agent), acme.ann)
    assert (shown.versions, shown.is_deprecated, shown.description) == (2, True, "old")
    for project in ("acme", acme.home):
        page = await world.shown(ListRecords(project=project, kind="agent"), acme.ann)
        assert [item.id for item in page.items] == [agent]
    versions = await world.shown(ListRecordVersions(kind="agent", record_id=agent), acme.ann)
    assert [(v.number, v.content) for v in versions.items] == [
        (2, {"calm": False}),
        (1, {"calm": True}),
    ]
    as_machine = await world.refused(GetRecord(kind="state_machine", record_id=agent), acme.ann)
    assert as_machine == NotFound(kind="state_machine", key=agent)
    eve = await world.person("eve")
    await world.project()
    assert isinstance(
        await world.refused(ListRecords(project="acme", kind="agent"), eve), Forbidden
    )
    assert isinstance(await world.refused(GetRecord(kind="agent", record_id=agent), eve), NotFound)


ORDERS_BY_INDEX = (
    "made",
    "+name",
    "-name",
    "+is_active",
    "-is_active",
    *(f"{active}is_active {name}name" for active in "+-" for name in "+-"),
)


@pytest.mark.parametrize("order", ORDERS_BY_INDEX)
async def test_each_order_is_read_along_an_index(world: World, acme: Acme, order: str) -> None:
    """Without sorting: a page of a hundred thousand costs what a page of ten does."""
    text = Statements.of(CONVERSATIONS.sql).read("list_conversations", now=True)
    values = {"project_id": acme.home, "limit": 10, "offset": 0}
    async with await psycopg.AsyncConnection.connect(world.database.query) as connection:
        await connection.execute("set enable_seqscan = off")
        await connection.execute("set enable_bitmapscan = off")
        await connection.execute("set enable_sort = off")
        statement = "explain " + shaped(text, frozenset({order, "now"}))
        cursor = await connection.execute(statement, values)
        plan = "\n".join(row[0] for row in await cursor.fetchall())
    assert "Index Scan" in plan and "Sort" not in plan, plan

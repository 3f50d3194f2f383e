"""Services as a registry's clients select them: conditions, orders, pages, owners, the past."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from shared.domain.grant.events import GrantGiven
from shared.domain.record.events import RecordDeclared
from shared.domain.rejections import NotFound
from shared.domain.service.events import RegistrationRevised, ServiceRegistered, ServiceRemoved
from shared.domain.service.facets.registration import Registration
from shared.kernel.ids import to_uuid
from shared.queries.registrations import (
    Condition,
    GetRegistration,
    GetScope,
    GetSelf,
    GetServiceHome,
    ListRegistrations,
    ListScopes,
    Selection,
)
from tests.views.world import Person, World, registered

Conditions = Sequence[tuple[str, str, Any]]


def mlflow(**changes: Any) -> Registration:
    fields: dict[str, Any] = {
        "service_type": {"type": "model-serving", "flavor": "mlflow"},
        "config": {"pipeline_name": "train"},
        "pipeline_name": "train",
        **changes,
    }
    return Registration(**fields)


async def registration(
    world: World, person: Person, name: str, facet: Registration | None = None
) -> str:
    id_ = world.new_id()
    event: ServiceRegistered = replace(
        registered(id_, person.home, name, None), slug=id_, registration=facet
    )
    await world.happened(event, account=person.id, actor=person.actor.text)
    return id_


def selecting(*conditions: tuple[str, Any, Any], **changes: Any) -> ListRegistrations:
    made = tuple(
        Condition(
            column=column,
            operator=operator,
            texts=tuple(value) if isinstance(value, list) else (value,),
        )
        for column, operator, value in conditions
    )
    selection = Selection(conditions=made, **changes)
    return ListRegistrations(project="ann", selection=selection)


async def names(
    world: World, person: Person, question: ListRegistrations, **more: Any
) -> list[str]:
    page = await world.shown(question, person, **more)
    return [item.name for item in page.items]


@pytest.fixture
async def ann(world: World) -> Person:
    person = await world.person("ann")
    await registration(world, person, "alpha", mlflow())
    await registration(world, person, "Beta_x", mlflow(service_type={"type": "T", "flavor": "f"}))
    await registration(world, person, "7 dwarfs")
    await registration(world, person, "a:b%c", mlflow(pipeline_name=None, config={"b": 1}))
    await world.project()
    return person


ALL = ["alpha", "Beta_x", "7 dwarfs", "a:b%c"]
SELECTED: list[tuple[tuple[str, Any, Any], list[str]]] = [
    (("name", "equals", "alpha"), ["alpha"]),
    (("name", "equals", "ALPHA"), []),
    (("name", "notequals", "alpha"), ["Beta_x", "7 dwarfs", "a:b%c"]),
    (("name", "contains", "A"), ["alpha", "Beta_x", "7 dwarfs", "a:b%c"]),
    (("name", "contains", "PH"), ["alpha"]),
    (("name", "contains", "a_x"), ["Beta_x"]),
    (("name", "contains", "b%c"), ["a:b%c"]),
    (("name", "contains", "\\"), []),
    (("name", "notcontains", "a"), []),
    (("name", "startswith", "BETA"), ["Beta_x"]),
    (("name", "endswith", "_X"), ["Beta_x"]),
    (("name", "oneof", ["alpha", "a:b%c", None]), ["alpha", "a:b%c"]),
    (("name", "oneof", []), ALL),
    (("name", "notoneof", ["alpha", "a:b%c"]), ["Beta_x", "7 dwarfs"]),
    (("name", "gt", "3"), ["7 dwarfs"]),
    (("name", "lt", "3"), []),
    (("name", "gte", "7"), ["7 dwarfs"]),
    (("name", "lte", "inf"), ["7 dwarfs"]),
    (("pipeline_name", "equals", "train"), ["alpha", "Beta_x"]),
    (("pipeline_name", "notequals", "other"), ["alpha", "Beta_x"]),
    (("pipeline_name", "notcontains", "other"), ["alpha", "Beta_x"]),
    (("pipeline_name", "isnull", None), ["7 dwarfs", "a:b%c"]),
    (("pipeline_name", "isnotnull", None), ["alpha", "Beta_x"]),
    (("pipeline_name", "oneof", ["x", None]), ["7 dwarfs", "a:b%c"]),
    (("pipeline_name", "notoneof", ["x", None]), ["alpha", "Beta_x"]),
    (("type", "equals", "T"), ["Beta_x"]),
    (("type", "equals", "service"), ["7 dwarfs"]),
    (("flavor", "startswith", "chrono"), ["7 dwarfs"]),
    (("model_version_id", "equals", "no uuid"), []),
    (("model_version_id", "notequals", "no uuid"), ALL),
    (("model_version_id", "isnull", None), ALL),
    (("user", "equals", "ann"), ALL),
    (("user", "equals", "Ann"), ALL),
    (("user", "contains", "nobody"), []),
    (("user", "oneof", ["ann", "bob"]), ALL),
]


async def test_a_condition_selects_as_the_published_server_does(world: World, ann: Person) -> None:
    for condition, found in SELECTED:
        assert await names(world, ann, selecting(condition)) == found, condition


async def test_an_id_is_found_by_any_part_of_its_uuid(world: World, ann: Person) -> None:
    page = await world.shown(selecting(), ann)
    id_ = page.items[1].id
    uuid = str(to_uuid(id_))
    digits = uuid.replace("-", "")
    for operator, value in [
        ("equals", uuid),
        ("equals", digits.upper()),
        ("oneof", [uuid, "nonsense"]),
        ("startswith", digits),
        ("contains", digits[4:]),
        ("endswith", digits[2:]),
    ]:
        assert await names(world, ann, selecting(("id", operator, value))) == ["Beta_x"], operator
    for length in (1, 8, 12, 13, 14, 16, 20, 23):
        found = await names(world, ann, selecting(("id", "startswith", uuid[:length])))
        assert "Beta_x" in found
    assert await names(world, ann, selecting(("id", "startswith", digits[:12] + "9"))) == []
    assert len(await names(world, ann, selecting(("id", "notequals", uuid)))) == 3


async def test_conditions_are_joined_by_and_or_by_or_and_the_owner_always_by_and(
    world: World, ann: Person
) -> None:
    both = (("name", "equals", "alpha"), ("flavor", "equals", "f"))
    assert await names(world, ann, selecting(*both)) == []
    assert await names(world, ann, selecting(*both, any_of=True)) == ["alpha", "Beta_x"]
    foreign = replace(selecting(*both, any_of=True), owner_id=ann.home)
    assert await names(world, ann, foreign) == []


ORDERS = [
    ("id", ALL),
    ("created", ALL),
    ("updated", ALL),
    ("name", ["7 dwarfs", "Beta_x", "a:b%c", "alpha"]),
    ("type", ["Beta_x", "alpha", "a:b%c", "7 dwarfs"]),
    ("flavor", ["7 dwarfs", "Beta_x", "alpha", "a:b%c"]),
    ("pipeline_name", ["7 dwarfs", "a:b%c", "alpha", "Beta_x"]),
    ("pipeline_step_name", ALL),
    ("model_version_id", ALL),
    ("pipeline_run_id", ALL),
    ("user", ALL),
]


async def test_an_order_puts_the_absent_first_and_ties_by_id(world: World, ann: Person) -> None:
    for column, ascending in ORDERS:
        assert await names(world, ann, selecting(sort_by=column)) == ascending, column
        descending = await names(world, ann, selecting(sort_by=column, descending=True))
        assert descending == ascending[::-1], column
        pages = [
            await names(world, ann, selecting(sort_by=column, offset=offset, limit=3))
            for offset in (0, 3)
        ]
        assert pages == [ascending[:3], ascending[3:]], column


async def test_owners_are_sorted_by_name_across_pages(world: World, ann: Person) -> None:
    zoe = await world.person("zoe")
    for person, name in ((zoe, "of-zoe"), (ann, "of-ann")):
        event = replace(registered(world.new_id(), ann.home, name, None), slug=name)
        await world.happened(event, account=ann.id, actor=person.actor.text)
    await world.happened(
        replace(registered(world.new_id(), ann.home, "of-nobody", None)), account=ann.id
    )
    await world.project()
    ascending = ["of-nobody", *ALL, "of-ann", "of-zoe"]
    assert await names(world, ann, selecting(sort_by="user")) == ascending
    second = selecting(sort_by="user", descending=True, offset=2, limit=2)
    assert await names(world, ann, second) == ascending[::-1][2:4]
    page = await world.shown(second, ann)
    assert page.total == 7


async def test_a_page_past_the_end_is_empty_and_still_knows_the_total(
    world: World, ann: Person
) -> None:
    page = await world.shown(selecting(offset=160), ann)
    assert (page.items, page.total) == ((), 4)


async def test_the_past_is_selected_as_it_was(world: World, ann: Person) -> None:
    page = await world.shown(selecting(), ann)
    before = world.progress.of(("services",))
    id_ = page.items[0].id
    await world.happened(
        RegistrationRevised(
            service_id=id_,
            registration=mlflow(pipeline_name="other", status={"state": "active"}),
            changed=("status",),
        ),
        ServiceRemoved(service_id=page.items[1].id, force=False),
    )
    await world.project()
    question = selecting(("pipeline_name", "equals", "train"))
    assert await names(world, ann, question) == []
    assert await names(world, ann, question, as_of=before) == ["alpha", "Beta_x"]
    by_user = selecting(sort_by="user")
    assert await names(world, ann, by_user, as_of=before) == ALL
    then = await world.shown(GetRegistration(service_id=id_), ann, as_of=before)
    assert then.registration.status is None


async def test_what_is_foreign_is_absent(world: World, ann: Person) -> None:
    bob = await world.person("bob")
    page = await world.shown(selecting(), ann)
    id_ = page.items[0].id
    await world.happened(ServiceRemoved(service_id=page.items[1].id, force=False))
    await world.project()
    for question, key in (
        (selecting(), "ann"),
        (GetRegistration(service_id=id_), id_),
        (GetServiceHome(service_id=id_), id_),
        (GetScope(project="ann"), "ann"),
        (GetScope(project=ann.home), ann.home),
    ):
        rejection = await world.refused(question, bob)
        assert isinstance(rejection, NotFound) and rejection.key == key
    home = await world.shown(GetServiceHome(service_id=page.items[1].id), ann)
    assert home.project_id == ann.home
    scopes = await world.shown(ListScopes(selection=Selection(sort_by="name")), bob)
    assert [scope.handle for scope in scopes.items] == ["bob"]


async def test_a_page_holds_no_more_than_a_message_does(world: World, ann: Person) -> None:
    for number in range(4):
        config = {"n": number, "text": "x" * 100_000}
        await registration(world, ann, f"big{number}", mlflow(config=config))
    await world.project()
    wanted = [*ALL, "big0", "big1", "big2", "big3"]
    first = await names(world, ann, selecting())
    assert 4 < len(first) < 8
    rest = await names(world, ann, selecting(offset=len(first)))
    assert first + rest == wanted


async def test_the_total_of_all_follows_what_comes_and_goes(world: World, ann: Person) -> None:
    async def total() -> int:
        await world.project()
        return int((await world.shown(selecting(limit=1), ann)).total)

    page = await world.shown(selecting(), ann)
    assert await total() == 4
    await world.happened(ServiceRemoved(service_id=page.items[0].id, force=False))
    assert await total() == 3
    await registration(world, ann, "again")
    assert await total() == 4
    bob = await world.person("bob")
    await world.project()
    nothing = await world.shown(replace(selecting(), project="bob"), bob)
    assert nothing.total == 0


async def test_a_grant_on_one_service_shows_that_one_alone(world: World, ann: Person) -> None:
    bob = await world.person("bob")
    page = await world.shown(selecting(), ann)
    one, other = page.items[1].id, page.items[2].id
    await world.happened(
        GrantGiven(
            grant_id=world.new_id(),
            principal_id=bob.id,
            action="service.read",
            resource=f"service:{one}",
        )
    )
    await world.project()
    assert await names(world, bob, selecting()) == ["Beta_x"]
    assert await names(world, bob, selecting(sort_by="user")) == ["Beta_x"]
    assert (await world.shown(GetRegistration(service_id=one), bob)).name == "Beta_x"
    assert isinstance(await world.refused(GetRegistration(service_id=other), bob), NotFound)
    assert isinstance(await world.refused(GetScope(project="ann"), bob), NotFound)


async def test_the_default_project_is_the_first_organizations_that_one_may_read(
    world: World, ann: Person
) -> None:
    async def default() -> str:
        await world.project()
        scope = await world.shown(GetScope(), ann)
        me = await world.shown(GetSelf(), ann)
        assert me.default_project_id == scope.id
        return str(scope.handle)

    assert await default() == "ann"
    await world.organization("acme", ann)
    await world.organization("bcme", ann)
    assert await default() == "acme"
    await world.organization("default", ann)
    assert await default() == "default"


async def test_a_service_shows_the_records_it_refers_to(world: World, ann: Person) -> None:
    run, version = world.new_id(), world.new_id()
    for id_, kind in ((run, "pipeline_run"), (version, "model_version")):
        await world.happened(
            RecordDeclared(
                record_id=id_,
                project_id=ann.home,
                kind=kind,  # type: ignore[arg-type]  # a name out of the list above
                name=f"{kind}-1",
                description="",
            )
        )
    id_ = await registration(
        world, ann, "linked", mlflow(pipeline_run_id=run, model_version_id=version)
    )
    await world.project()
    shown = await world.shown(GetRegistration(service_id=id_), ann)
    assert (shown.model_version.id, shown.model_version.name) == (version, "model_version-1")
    assert (shown.pipeline_run.id, shown.pipeline_run.name) == (run, "pipeline_run-1")
    uuid = str(to_uuid(version))
    for sort_by in ("model_version_id", "user"):
        question = selecting(("model_version_id", "equals", uuid), sort_by=sort_by)
        page = await world.shown(question, ann)
        assert [item.pipeline_run.id for item in page.items] == [run]
    prefix = selecting(("pipeline_run_id", "startswith", str(to_uuid(run))[:20]))
    assert "linked" in await names(world, ann, prefix)

"""Who is shown what: foreign is absent, byte for byte; lists hold what one may see."""

from typing import Any

import pytest

from shared.access.actions import VIEWER
from shared.domain.api_key.events import ApiKeyRevoked
from shared.domain.principal.events import MemberRemoved, MemberSet, ServiceAccountCreated
from shared.domain.rejections import Forbidden, NotFound, Unauthenticated
from shared.envelope.messages import encode_reply
from shared.kernel.actor import Actor, process_actor
from shared.queries.history import GetHistory
from shared.queries.identity import (
    Authenticate,
    GetApiKey,
    GetGrant,
    GetPrincipal,
    GetProject,
    ListApiKeys,
    ListGrants,
    ListPrincipals,
    ListProjects,
    WhoAmI,
)
from shared.queries.services import (
    GetService,
    GetServiceById,
    GetWanted,
    ListDeployments,
    ListReplicas,
    ListServices,
    ListWantedIds,
    RevealEnv,
)
from shared.queries.telemetry import GetServiceAnalytics, GetServiceLogs
from tests.views.world import World, an_id


def by_id(id_: str) -> tuple[Any, ...]:
    return (
        GetServiceById(service_id=id_),
        ListReplicas(service_id=id_),
        ListDeployments(service_id=id_),
        RevealEnv(service_id=id_),
        GetHistory(subject_kind="service", subject_id=id_),
        GetHistory(subject_kind="project", subject_id=id_),
        GetHistory(subject_kind="principal", subject_id=id_),
        GetPrincipal(key=id_),
        GetProject(key=id_),
        GetApiKey(key_id=id_),
        GetGrant(grant_id=id_),
    )


async def test_by_a_foreign_id_the_answer_is_that_of_an_unknown_one(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob", admin=True)
    service, _ = await world.service(bob.home, "secret")
    await world.project()
    unknown = an_id(999)
    grant = (await world.shown(ListGrants(), bob)).items[0].id
    for theirs in (service, bob.home, bob.id, bob.key, grant):
        for foreign, absent in zip(by_id(theirs), by_id(unknown), strict=True):
            seen = encode_reply(await world.ask(foreign, ada))
            none = encode_reply(await world.ask(absent, ada))
            assert seen.replace(theirs.encode(), unknown.encode()) == none


@pytest.mark.parametrize(
    "question",
    [
        GetService(project="bob", name="api"),
        ListServices(project="bob"),
        GetServiceLogs(project="bob", name="api"),
        GetServiceAnalytics(project="bob", name="api"),
        GetProject(key="bob"),
    ],
    ids=lambda question: type(question).__name__,
)
async def test_a_foreign_project_is_forbidden_and_an_unknown_one_absent(
    world: World, question: Any
) -> None:
    ada = await world.person("ada")
    bob = await world.person("bob")
    await world.service(bob.home, "api")
    await world.project()
    assert isinstance(await world.refused(question, ada), Forbidden)
    key = "key" if isinstance(question, GetProject) else "project"
    fields = {name: getattr(question, name) for name in question.__dataclass_fields__}
    unknown = type(question)(**{**fields, key: "nobody"})
    assert await world.refused(unknown, ada) == NotFound(kind="project", key="nobody")


async def test_lists_hold_what_one_may_see_and_no_more(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    root = await world.person("root", admin=True)
    acme, acme_home = await world.organization("acme", ada)
    robot = world.new_id()
    await world.happened(
        ServiceAccountCreated(principal_id=robot, account_id=acme, name="robot"), account=acme
    )
    await world.project()

    assert {p.id for p in (await world.shown(ListPrincipals(), ada)).items} == {
        ada.id,
        acme,
        robot,
    }
    assert {p.id for p in (await world.shown(ListPrincipals(), bob)).items} == {bob.id}
    assert (await world.shown(ListPrincipals(), root)).total == 5
    assert {p.id for p in (await world.shown(ListProjects(), ada)).items} == {
        ada.home,
        acme_home,
    }
    assert (await world.shown(ListProjects(account_id=acme), bob)).total == 0
    assert (await world.shown(ListProjects(), root)).total == 4
    assert [k.id for k in (await world.shown(ListApiKeys(), ada)).items] == [ada.key]
    assert (await world.shown(ListApiKeys(principal_id=bob.id), ada)).total == 0
    assert (await world.shown(ListApiKeys(), root)).total == 3
    assert (await world.shown(ListGrants(), ada)).total == 0
    page = await world.shown(ListProjects(page=2, per_page=1), ada)
    assert (len(page.items), page.total) == (1, 2)


async def test_members_see_by_their_role_and_lose_it_with_it(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    acme, home = await world.organization("acme", ada)
    service, _ = await world.service(home, "api")
    await world.happened(MemberSet(principal_id=acme, member_id=bob.id, role="viewer"))
    await world.project()
    project = await world.shown(GetProject(key="acme"), bob)
    assert project.may == tuple(sorted(VIEWER))
    assert (await world.shown(GetService(project="acme", name="api"), bob)).id == service
    assert (await world.shown(GetPrincipal(key="acme"), bob)).members == tuple(
        sorted([(ada.id, "owner"), (bob.id, "viewer")])
    )
    refused = await world.refused(RevealEnv(service_id=service), bob)
    assert refused == Forbidden(action="service.env", resource="project:acme")
    await world.happened(MemberRemoved(principal_id=acme, member_id=bob.id))
    await world.project()
    assert isinstance(await world.refused(GetProject(key="acme"), bob), Forbidden)
    assert isinstance(await world.refused(GetServiceById(service_id=service), bob), NotFound)


async def test_only_live_credentials_of_their_own_principal_ask(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    await world.project()
    caller = await world.shown(WhoAmI(), ada)
    assert (caller.principal_id, caller.name, caller.key_name) == (ada.id, "Ada", "laptop")
    borrowed = Actor(kind="user", id=ada.id, credential_id=bob.key)
    bare = Actor(kind="user", id=ada.id)
    for asker in (borrowed, bare):
        assert await world.refused(WhoAmI(), asker) == Unauthenticated()
    await world.happened(ApiKeyRevoked(key_id=ada.key, principal_id=ada.id))
    await world.project()
    assert await world.refused(WhoAmI(), ada) == Unauthenticated()
    gateway = process_actor("gateway")
    assert await world.refused(Authenticate(digest="digest-of-ada"), gateway) == Unauthenticated()
    found = await world.shown(Authenticate(digest="digest-of-bob"), gateway)
    assert found.principal_id == bob.id
    key = await world.shown(GetApiKey(key_id=bob.key), bob)
    assert key.revoked_at is None


async def test_a_revoked_key_dies_also_where_the_views_stand_still(world: World) -> None:
    ada = await world.person("ada")
    await world.project()
    await world.happened(ApiKeyRevoked(key_id=ada.key, principal_id=ada.id))
    await world.access.catch_up()  # What the poll does twice a second.
    assert await world.refused(WhoAmI(), ada) == Unauthenticated()


async def test_processes_ask_their_own_questions_and_nobody_elses(world: World) -> None:
    ada = await world.person("ada", admin=True)
    service, _ = await world.service(ada.home, "api")
    await world.project()
    scheduler = process_actor("scheduler")
    wanted = GetWanted(service_id=service)
    assert await world.shown(wanted, scheduler, publisher="scheduler")
    for asker, publisher in (
        (scheduler, "prober"),
        (scheduler, "gateway"),
        (process_actor("prober"), "prober"),
        (ada.actor, "gateway"),
        (ada.actor, "scheduler"),
    ):
        refused = await world.refused(wanted, asker, publisher=publisher)
        assert isinstance(refused, Forbidden)
    assert isinstance(
        await world.refused(ListServices(project="ada"), scheduler, publisher="scheduler"),
        Forbidden,
    )
    assert isinstance(await world.refused(ListWantedIds(), ada), Forbidden)

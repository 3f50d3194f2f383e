"""A person's name and address: read as ever until they are erased, then gone from every past."""

from dataclasses import dataclass
from typing import Any

import pytest

from services.query.rebuild import rebuild
from services.query.views.identity.answer import IDENTITY
from shared.domain.principal.events import PasswordChanged, PrincipalRevised, UserCreated
from shared.domain.project.events import ProjectCreated
from shared.domain.vault.events import SecretsErased
from shared.envelope.codec import encode
from shared.kernel.actor import process_actor
from shared.kernel.secrets import ERASED, SecretRef
from shared.queries.audit import (
    FollowLog,
    GetBlame,
    GetDiff,
    GetState,
    GetWhy,
    Instant,
    ListHistory,
    PlanRestore,
)
from shared.queries.history import GetHistory
from shared.queries.identity import GetPrincipal
from shared.queries.registrations import Condition, GetSelf, ListRegistrations, Selection
from shared.queries.sign_in import GetHashing, HashingDocument
from tests.views.world import KEK, Person, World, registered

NAME, NEWER, ADDRESS = "Ada Canary", "Ada Canary-Smith", "Ada@canary.example"
NOBODY = HashingDocument(principal_id=None, parameters=None)
GATEWAY = process_actor("gateway")


@dataclass(frozen=True, kw_only=True)
class Scene:
    world: World
    ada: Person
    boss: Person
    born: int
    renamed: int

    async def erased(self) -> None:
        await self.world.vault.erase(self.ada.id, self.ada.id)
        event = SecretsErased(owner_id=self.ada.id, account_id=self.ada.id)
        await self.world.happened(event, account=self.ada.id)
        await self.world.project()


async def sealed(world: World, owner: str, **texts: str) -> tuple[dict[str, SecretRef], Any]:
    return await world.vault.seal_all(owner, owner, texts)


async def revised(world: World, person: Person, name: str, email: str | None) -> int:
    texts = {"name": name} if email is None else {"name": name, "email": email}
    refs, rows = await sealed(world, person.id, **texts)
    return await world.happened(
        PrincipalRevised(principal_id=person.id, name=refs["name"], email=refs.get("email")),
        secrets=rows,
    )


@pytest.fixture
async def scene(world: World) -> Scene:
    boss = await world.person("boss", admin=True)
    ada = Person(id=world.new_id(), home=world.new_id(), handle="ada", key=boss.key)
    refs, rows = await sealed(world, ada.id, name=NAME, email=ADDRESS)
    born = await world.happened(
        UserCreated(
            principal_id=ada.id,
            home_project_id=ada.home,
            handle="ada",
            name=refs["name"],
            email=refs["email"],
            password=None,
        ),
        account=ada.id,
        secrets=rows,
    )
    home = ProjectCreated(
        project_id=ada.home,
        account_id=ada.id,
        handle="ada",
        name="ada",
        description="",
        is_home=True,
    )
    await world.happened(home, account=ada.id)
    renamed = await revised(world, ada, NEWER, ADDRESS)
    await world.project()
    return Scene(world=world, ada=ada, boss=boss, born=born, renamed=renamed)


async def shown_of(scene: Scene) -> list[Any]:
    """All that is told of the person by questions about it."""
    world, ada, boss = scene.world, scene.ada, scene.boss
    principal: dict[str, Any] = {"kind": "principal", "id": ada.id}
    questions: list[Any] = [
        GetPrincipal(key="ada"),
        GetState(**principal),
        GetBlame(**principal),
        GetDiff(**principal, start=Instant(position=scene.born), end=Instant()),
        ListHistory(**principal),
        ListHistory(kind="account", id=ada.id),
        GetWhy(position=scene.born),
        GetHistory(subject_kind="principal", subject_id=ada.id),
        FollowLog(account_id=ada.id, after=0),
    ]
    shown = [await world.shown(question, boss) for question in questions]
    shown += [
        await world.shown(GetPrincipal(key="ada"), boss, as_of=scene.born),
        await world.shown(GetState(**principal), boss, as_of=scene.born),
    ]
    return shown


async def test_nothing_of_it_is_in_the_log(scene: Scene) -> None:
    recorded = await scene.world.reading.read_log(0, 100)
    texts = "".join(event.data for event in recorded)
    assert NAME not in texts
    assert "canary" not in texts.lower()


async def test_it_is_read_as_ever(scene: Scene) -> None:
    world, ada, boss = scene.world, scene.ada, scene.boss
    document = await world.shown(GetPrincipal(key="ada"), boss)
    assert (document.name, document.email) == (NEWER, ADDRESS)
    then = await world.shown(GetPrincipal(key="ada"), boss, as_of=scene.born)
    assert (then.name, then.email) == (NAME, ADDRESS)
    question = GetDiff(
        kind="principal", id=ada.id, start=Instant(position=scene.born), end=Instant()
    )
    (change,) = (await world.shown(question, boss)).changes
    assert (change.path, change.before, change.after) == ("/name", NAME, NEWER)
    blame = await world.shown(GetBlame(kind="principal", id=ada.id), boss)
    lines = {line.path: (line.value, line.position) for line in blame.lines}
    assert lines["/name"] == (NEWER, scene.renamed)
    assert lines["/email"] == (ADDRESS, scene.born)
    history = await world.shown(ListHistory(kind="principal", id=ada.id), boss)
    assert [event.data["name"] for event in history.items] == [NAME, NEWER]


async def test_who_takes_copies_away_gets_references(scene: Scene) -> None:
    page = await scene.world.shown(FollowLog(account_id=scene.ada.id, after=0), scene.boss)
    assert page.events
    assert b"canary" not in encode(page).lower()


async def test_an_erasure_reaches_every_past(scene: Scene) -> None:
    world, boss = scene.world, scene.boss
    assert b"canary" in b"".join(encode(each).lower() for each in await shown_of(scene))
    await scene.erased()
    for document in await shown_of(scene):
        assert b"canary" not in encode(document).lower(), document
    for as_of in (scene.born, scene.renamed, None):
        person = await world.shown(GetPrincipal(key="ada"), boss, as_of=as_of)
        assert (person.handle, person.name, person.email) == ("ada", ERASED, None)
    history = await world.shown(ListHistory(kind="principal", id=scene.ada.id), boss)
    assert [event.type for event in history.items] == [
        "principal.user_created",
        "principal.revised",
        "vault.secrets_erased",
    ]
    assert [event.data.get("name") for event in history.items] == [ERASED, ERASED, None]


async def test_a_view_built_anew_finds_the_same(scene: Scene) -> None:
    await scene.erased()
    await revised(scene.world, scene.ada, "Ada", None)
    await scene.world.project()
    done = await rebuild(scene.world.database.query, IDENTITY, KEK)
    assert (done.equal, done.version) == (True, 2)
    scene.world.versions = []
    person = await scene.world.shown(GetPrincipal(key="ada"), scene.boss)
    assert (person.name, person.email) == ("Ada", None)


async def test_what_an_erasure_does_not_reach_is_what_came_later(scene: Scene) -> None:
    await scene.erased()
    after = await revised(scene.world, scene.ada, "Somebody else", "new@canary.example")
    await scene.world.project()
    world, boss = scene.world, scene.boss
    person = await world.shown(GetPrincipal(key="ada"), boss)
    assert (person.name, person.email) == ("Somebody else", "new@canary.example")
    before = await world.shown(GetPrincipal(key="ada"), boss, as_of=after - 1)
    assert (before.name, before.email) == (ERASED, None)


async def test_events_from_before_the_sealing_are_read_and_then_hidden(world: World) -> None:
    boss = await world.person("boss", admin=True)
    old = (
        '{"principal_id":"%s","home_project_id":"%s","handle":"old","name":"Old Canary",'
        '"email":"old@canary.example","password":null}'
    )
    ada = Person(id=world.new_id(), home=world.new_id(), handle="old", key=boss.key)
    stream = f"principal-{ada.id}"
    born = await world.appended(
        stream, "principal.user_created", 1, old % (ada.id, ada.home), account=ada.id
    )
    await world.project()
    scene = Scene(world=world, ada=ada, boss=boss, born=born, renamed=born)
    document = await world.shown(GetPrincipal(key="old"), boss)
    assert (document.name, document.email) == ("Old Canary", "old@canary.example")
    await scene.erased()
    document = await world.shown(GetPrincipal(key="old"), boss, as_of=born)
    assert (document.name, document.email) == (ERASED, None)
    for question in (
        ListHistory(kind="principal", id=ada.id),
        GetState(kind="principal", id=ada.id),
        FollowLog(account_id=ada.id, after=0),
        GetHistory(subject_kind="principal", subject_id=ada.id),
    ):
        assert b"canary" not in encode(await world.shown(question, boss)).lower(), question


async def test_a_restore_leaves_what_was_erased(scene: Scene) -> None:
    plan = PlanRestore(kind="principal", id=scene.ada.id, to=Instant(position=scene.born))
    before = await scene.world.shown(plan, scene.boss)
    assert (before.names.name, before.names.text) == (NAME, ADDRESS)
    await scene.erased()
    after = await scene.world.shown(plan, scene.boss)
    assert (after.names.name, after.names.text, after.names.keeps_text) == (None, None, True)
    assert "What was erased stays erased." in after.left


async def test_registries_filter_by_it_until_it_is_erased(scene: Scene) -> None:
    world, boss, ada = scene.world, scene.boss, scene.ada
    service = world.new_id()
    await world.happened(
        registered(service, ada.home, "model"), account=ada.id, actor=f"user:{ada.id}"
    )
    await world.project()
    named = Condition(column="user", operator="contains", texts=("Canary",))
    question = ListRegistrations(project="ada", selection=Selection(conditions=(named,)))
    (item,) = (await world.shown(question, boss)).items
    assert item.owner is not None
    assert (item.owner.full_name, item.owner.email) == (NEWER, ADDRESS)
    await scene.erased()
    assert (await world.shown(question, boss)).total == 0
    everything = await world.shown(ListRegistrations(project="ada"), boss)
    assert b"canary" not in encode(everything).lower()
    assert b"canary" not in encode(await world.shown(GetSelf(), boss)).lower()


async def test_one_signs_in_by_address_until_it_is_erased(scene: Scene) -> None:
    world, ada = scene.world, scene.ada
    ref, row = await world.vault.seal(ada.id, ada.id, "password", "$argon2id$v=19$salt$hash")
    await world.happened(PasswordChanged(principal_id=ada.id, password=ref), secrets=(row,))
    await world.project()
    found = HashingDocument(principal_id=ada.id, parameters="$argon2id$v=19$salt")
    for key in (ADDRESS, ADDRESS.lower(), "ada"):
        assert await world.told(GetHashing(handle=key), "gateway") == found
    assert await world.told(GetHashing(handle="else@canary.example"), "gateway") == NOBODY
    await scene.erased()
    assert await world.told(GetHashing(handle=ADDRESS), "gateway") == NOBODY


async def test_an_address_that_two_have_opens_for_neither(scene: Scene) -> None:
    world, ada = scene.world, scene.ada
    ref, row = await world.vault.seal(ada.id, ada.id, "password", "$argon2id$v=19$salt$hash")
    await world.happened(PasswordChanged(principal_id=ada.id, password=ref), secrets=(row,))
    await revised(world, await world.person("bob"), "Bob", ADDRESS.upper())
    await world.project()
    assert await world.told(GetHashing(handle=ADDRESS), "gateway") == NOBODY
    assert (await world.told(GetHashing(handle="ada"), "gateway")).principal_id == ada.id

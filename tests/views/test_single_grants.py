"""A grant on one service shows that service, in every question and list, and nothing beside it."""

import pytest

from shared.domain.grant.events import GrantGiven, GrantRevoked
from shared.domain.project.events import ProjectRemoved
from shared.domain.rejections import Forbidden, NotFound
from shared.queries.history import GetHistory
from shared.queries.services import (
    GetService,
    GetServiceById,
    ListAllServices,
    ListReplicas,
    ListServices,
    RevealEnv,
)
from shared.queries.telemetry import GetServiceLogs
from tests.views.world import Person, World


class Scene:
    """Bob owns `seen` and `hidden`; eve has grants on `seen` alone."""

    def __init__(self, world: World, bob: Person, eve: Person, seen: str, hidden: str) -> None:
        self.world, self.bob, self.eve, self.seen, self.hidden = world, bob, eve, seen, hidden

    async def grant(self, action: str, service_id: str) -> str:
        grant_id = self.world.new_id()
        await self.world.happened(
            GrantGiven(
                grant_id=grant_id,
                principal_id=self.eve.id,
                action=action,
                resource=f"service:{service_id}",
            )
        )
        await self.world.project()
        return grant_id


@pytest.fixture
async def scene(world: World) -> Scene:
    bob, eve = await world.person("bob"), await world.person("eve")
    seen, _ = await world.service(bob.home, "seen")
    hidden, _ = await world.service(bob.home, "hidden")
    return Scene(world, bob, eve, seen, hidden)


async def test_the_granted_service_is_shown_by_id_and_by_name(scene: Scene) -> None:
    await scene.grant("service.read", scene.seen)
    world, eve = scene.world, scene.eve
    assert (await world.shown(GetServiceById(service_id=scene.seen), eve)).id == scene.seen
    by_name = await world.shown(GetService(project="bob", name="seen"), eve)
    assert (by_name.id, by_name.may) == (scene.seen, ("service.read",))
    assert await world.shown(ListReplicas(service_id=scene.seen), eve)
    history = GetHistory(subject_kind="service", subject_id=scene.seen)
    assert (await world.shown(history, eve)).items


async def test_its_neighbour_stays_out_of_sight(scene: Scene) -> None:
    await scene.grant("service.*", scene.seen)
    world, eve = scene.world, scene.eve
    assert isinstance(await world.refused(GetServiceById(service_id=scene.hidden), eve), NotFound)
    for name in ("hidden", "absent"):
        refused = await world.refused(GetService(project="bob", name=name), eve)
        assert refused == Forbidden(action="service.read", resource="project:bob")


async def test_reading_is_neither_logs_nor_variables(scene: Scene) -> None:
    await scene.grant("service.read", scene.seen)
    world, eve = scene.world, scene.eve
    assert isinstance(await world.refused(RevealEnv(service_id=scene.seen), eve), Forbidden)
    logs = GetServiceLogs(project="bob", name="seen")
    assert isinstance(await world.refused(logs, eve), Forbidden)
    await scene.grant("service.*", scene.seen)
    assert await world.shown(RevealEnv(service_id=scene.seen), eve)
    assert await world.shown(logs, eve)


async def test_lists_hold_it_beside_what_one_sees_anyway(scene: Scene) -> None:
    world, eve = scene.world, scene.eve
    mine, _ = await world.service(eve.home, "mine")
    await scene.grant("service.read", scene.seen)
    listed = await world.shown(ListServices(project="bob"), eve)
    assert ([item.id for item in listed.items], listed.total) == ([scene.seen], 1)
    assert (await world.shown(ListServices(project="bob", status="failed"), eve)).total == 0
    everywhere = await world.shown(ListAllServices(), eve)
    assert ({item.id for item in everywhere.items}, everywhere.total) == ({mine, scene.seen}, 2)
    there = await world.shown(ListAllServices(project="bob"), eve)
    assert [item.id for item in there.items] == [scene.seen]
    page = await world.shown(ListAllServices(page=2, per_page=1), eve)
    assert (len(page.items), page.total) == (1, 2)


async def test_a_grant_elsewhere_opens_no_list_here(scene: Scene) -> None:
    world, eve = scene.world, scene.eve
    ann = await world.person("ann")
    elsewhere, _ = await world.service(ann.home, "api")
    await scene.grant("service.read", elsewhere)
    assert isinstance(await world.refused(ListServices(project="bob"), eve), Forbidden)
    assert isinstance(await world.refused(ListAllServices(project="bob"), eve), Forbidden)


async def test_a_revoked_grant_and_a_removed_project_show_nothing(scene: Scene) -> None:
    world, eve = scene.world, scene.eve
    grant_id = await scene.grant("service.read", scene.seen)
    await world.happened(GrantRevoked(grant_id=grant_id, principal_id=eve.id))
    await world.project()
    assert isinstance(await world.refused(GetServiceById(service_id=scene.seen), eve), NotFound)
    assert (await world.shown(ListAllServices(), eve)).total == 0
    await scene.grant("service.read", scene.seen)
    await world.happened(ProjectRemoved(project_id=scene.bob.home))
    await world.project()
    assert isinstance(await world.refused(GetServiceById(service_id=scene.seen), eve), NotFound)
    assert (await world.shown(ListAllServices(), eve)).total == 0

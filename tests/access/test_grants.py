"""What grants add beside roles: one action, a family or all, on one thing or on everything."""

import pytest

from shared.access.actions import ACTIONS, PARTS
from shared.domain.grant.events import GrantRevoked
from tests.access.world import World, id_of


@pytest.fixture
def world() -> World:
    world = World()
    world.user("ann", "eve")
    world.organization("acme", owner="ann")
    world.project("models", "acme")
    return world


def allowed(world: World, project: str) -> set[str]:
    return {action for action in ACTIONS if world.may("eve", action, project)}


def test_a_grant_gives_one_action_on_one_project(world: World) -> None:
    world.grant("eve", "service.read", f"project:{id_of('models')}")
    assert allowed(world, "models") == {"service.read"}
    assert allowed(world, "h-acme") == set()


def test_a_grant_on_an_account_reaches_all_its_projects(world: World) -> None:
    world.grant("eve", "service.remove", f"account:{id_of('acme')}")
    assert allowed(world, "models") == allowed(world, "h-acme") == {"service.remove"}
    assert allowed(world, "h-ann") == set()


def test_who_has_the_whole_of_an_action_has_its_parts_and_not_the_other_way(world: World) -> None:
    world.grant("eve", "service.create", f"project:{id_of('models')}")
    assert allowed(world, "models") == {"service.create"}
    world.grant("eve", "service.write", f"project:{id_of('models')}")
    assert allowed(world, "models") == {
        "service.write",
        *(part for part, whole in PARTS.items() if whole == "service.write"),
    }


def test_a_grant_on_one_service_opens_that_one_only(world: World) -> None:
    world.grant("eve", "service.read", f"service:{id_of('web')}")
    eve, models = id_of("eve"), id_of("models")
    assert world.index.may(eve, "service.read", project_id=models, service_id=id_of("web"))
    assert not world.index.may(eve, "service.write", project_id=models, service_id=id_of("web"))
    assert not world.index.may(eve, "service.read", project_id=models, service_id=id_of("api"))
    assert not world.may("eve", "service.read", "models")
    assert world.index.granted_services(eve, "service.read") == {id_of("web")}
    assert world.index.granted_services(eve, "service.write") == set()


def test_a_family_is_all_its_actions_and_no_others(world: World) -> None:
    world.grant("eve", "service.*", f"project:{id_of('models')}")
    assert allowed(world, "models") == {a for a in ACTIONS if a.startswith("service.")}
    assert not any(action.startswith("service_account") for action in allowed(world, "models"))


def test_all_actions_on_one_project_are_not_all_actions(world: World) -> None:
    world.grant("eve", "*", f"project:{id_of('models')}")
    assert allowed(world, "models") == set(ACTIONS)
    assert not world.index.is_installation_admin(id_of("eve"))
    assert not world.index.may_in_account(id_of("eve"), "account.write", id_of("acme"))


def test_one_action_on_everything_is_only_that_one(world: World) -> None:
    world.grant("eve", "service.read", "*")
    assert allowed(world, "models") == allowed(world, "h-ann") == {"service.read"}
    assert not world.index.is_installation_admin(id_of("eve"))


def test_all_actions_on_everything_are_the_admins(world: World) -> None:
    assert world.index.is_installation_admin(id_of("root"))
    assert {a for a in ACTIONS if world.may("root", a, "models")} == set(ACTIONS)


def test_a_revoked_grant_gives_nothing(world: World) -> None:
    grant_id = world.grant("eve", "*", "*")
    assert world.index.is_installation_admin(id_of("eve"))
    world.apply(GrantRevoked(grant_id=grant_id, principal_id=id_of("eve")))
    assert not world.index.is_installation_admin(id_of("eve"))
    assert allowed(world, "models") == set()
    assert world.sees("eve") == {"eve"}


def test_of_two_grants_the_other_stays(world: World) -> None:
    first = world.grant("eve", "service.read", f"project:{id_of('models')}")
    world.grant("eve", "service.remove", f"project:{id_of('models')}")
    world.apply(GrantRevoked(grant_id=first, principal_id=id_of("eve")))
    assert allowed(world, "models") == {"service.remove"}

"""What a role gives, where, and where it ends."""

import pytest

from shared.access.actions import ACTIONS, INSTALLATION, OWNER, ROLE_ACTIONS, ROLES, Need
from shared.domain.principal.events import MemberRemoved
from shared.domain.project.events import CollaboratorRemoved
from shared.domain.roles import Role
from tests.access.world import World, id_of


@pytest.fixture
def world() -> World:
    world = World()
    world.user("ann", "bob", "eve")
    world.organization("acme", owner="ann")
    world.organization("beta", owner="bob")
    world.project("models", "acme")
    return world


def allowed(world: World, name: str, project: str) -> set[str]:
    return {action for action in ACTIONS if world.may(name, action, project)}


@pytest.mark.parametrize("role", ROLES)
def test_a_members_role_gives_its_actions_in_every_project_of_the_organization(
    world: World, role: Role
) -> None:
    world.member("eve", "acme", role)
    for project in ("h-acme", "models"):
        assert allowed(world, "eve", project) == ROLE_ACTIONS[role]
    assert allowed(world, "eve", "h-beta") == set()


@pytest.mark.parametrize("role", ROLES)
def test_a_collaborators_role_gives_its_actions_in_that_project_alone(
    world: World, role: Role
) -> None:
    world.collaborator("eve", "models", role)
    assert allowed(world, "eve", "models") == ROLE_ACTIONS[role]
    assert allowed(world, "eve", "h-acme") == set()


def test_the_owner_an_organization_was_made_with_may_all_but_the_installations(
    world: World,
) -> None:
    assert allowed(world, "ann", "models") == set(OWNER)


def test_in_ones_own_account_one_may_everything_and_elsewhere_nothing(world: World) -> None:
    assert allowed(world, "ann", "h-ann") >= OWNER
    assert allowed(world, "ann", "h-bob") == set()


def test_a_smaller_role_beside_a_bigger_one_takes_nothing_away(world: World) -> None:
    world.member("eve", "acme", "admin")
    world.collaborator("eve", "models", "viewer")
    assert allowed(world, "eve", "models") == ROLE_ACTIONS["admin"]


def test_a_role_set_anew_replaces_the_old_one(world: World) -> None:
    world.member("eve", "acme", "owner")
    world.member("eve", "acme", "viewer")
    assert allowed(world, "eve", "models") == ROLE_ACTIONS["viewer"]


def test_who_was_removed_may_nothing_any_more(world: World) -> None:
    world.member("eve", "acme", "owner")
    world.apply(MemberRemoved(principal_id=id_of("acme"), member_id=id_of("eve")))
    world.collaborator("eve", "models", "owner")
    world.apply(CollaboratorRemoved(project_id=id_of("models"), principal_id=id_of("eve")))
    assert allowed(world, "eve", "models") == set()
    assert world.sees("eve") == {"eve"}


@pytest.mark.parametrize("action", sorted(INSTALLATION))
def test_what_belongs_to_the_installation_comes_from_no_role(world: World, action: str) -> None:
    need = Need(action=action)
    assert not world.index.meets(id_of("ann"), need)
    assert world.index.meets(id_of("root"), need)


def test_needs_of_keys_and_grants_are_those_of_whom_they_belong_to(world: World) -> None:
    world.key("laptop", of="ann", digest="d1")
    grant_id = world.grant("ann", "service.read", f"account:{id_of('beta')}")
    own, foreign = id_of("ann"), id_of("bob")
    for need in (
        Need(action="api_key.write", key_id=id_of("laptop")),
        Need(action="grant.write", grant_id=grant_id),
    ):
        assert world.index.meets(own, need)
        assert not world.index.meets(foreign, need)
        assert world.index.meets(id_of("root"), need)


def test_needs_that_name_nothing_that_exists_are_met_by_the_admin_alone(world: World) -> None:
    for need in (
        Need(action="api_key.write", key_id="f" * 24),
        Need(action="grant.write", grant_id="f" * 24),
        Need(action="account.write", account_id="f" * 24),
    ):
        assert not world.index.meets(id_of("ann"), need)
        assert world.index.meets(id_of("root"), need)
    assert not world.index.meets(id_of("root"), Need(action="service.write", project_id="f" * 24))

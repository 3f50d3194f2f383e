"""Who reads a project that is public, searchable or private, and what an organization's place in it
gives its members."""

import pytest

from shared.access.actions import IMPORTER, LAUNCHER, MEMBER, PUBLIC, ROLE_ACTIONS, VIEWER
from shared.domain.project.events import ProjectRevised
from shared.domain.project.standing import Visibility
from shared.domain.roles import Role
from tests.access.world import World, id_of


@pytest.fixture
def world() -> World:
    world = World()
    world.user("ann", "dan", "eve")
    world.organization("acme", owner="ann")
    world.project("models", "acme")
    return world


def allowed(world: World, who: str) -> set[str]:
    return {action for action in ROLE_ACTIONS["owner"] if world.may(who, action, "models")}


def show(world: World, visibility: Visibility) -> None:
    world.index.apply(
        ProjectRevised(
            project_id=id_of("models"), name="models", description="", visibility=visibility
        )
    )


@pytest.mark.parametrize("visibility", ["private", "searchable"])
def test_a_stranger_reads_nothing_of_what_is_not_public(
    world: World, visibility: Visibility
) -> None:
    show(world, visibility)
    assert allowed(world, "eve") == set()
    assert id_of("models") not in (world.index.visible_projects(id_of("eve")) or ())


def test_whoever_has_signed_in_reads_what_is_public_and_no_more(world: World) -> None:
    show(world, "public")
    assert allowed(world, "eve") == PUBLIC
    assert id_of("models") in (world.index.visible_projects(id_of("eve")) or ())
    show(world, "private")
    assert allowed(world, "eve") == set()


@pytest.mark.parametrize(("role", "actions"), [("launcher", LAUNCHER), ("importer", IMPORTER)])
def test_a_narrow_role_gives_its_own_and_nothing_of_the_services(
    world: World, role: Role, actions: frozenset[str]
) -> None:
    world.collaborator("eve", "models", role)
    assert allowed(world, "eve") == actions
    assert not world.may("eve", "service.read", "models")


def test_members_of_an_organization_have_its_place_in_a_project(world: World) -> None:
    world.organization("guests", owner="dan")
    world.member("eve", "guests", "member")
    world.collaborator("guests", "models", "member")
    assert allowed(world, "eve") == MEMBER
    assert id_of("models") in (world.index.visible_projects(id_of("eve")) or ())


def test_nobody_has_more_through_an_organization_than_he_has_in_it(world: World) -> None:
    world.organization("guests", owner="dan")
    world.member("eve", "guests", "viewer")
    world.collaborator("guests", "models", "member")
    assert allowed(world, "eve") == VIEWER

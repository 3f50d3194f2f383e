"""Which projects one sees: by ownership, membership, collaboration and grants, never by a guess."""

import pytest

from shared.domain.principal.events import PrincipalRemoved
from shared.domain.project.events import ProjectRemoved
from tests.access.world import World, id_of


@pytest.fixture
def world() -> World:
    world = World()
    world.user("ann", "bob", "eve")
    world.organization("acme", owner="ann")
    world.organization("beta", owner="bob")
    world.project("models", "acme")
    return world


def test_tenants_do_not_see_each_other(world: World) -> None:
    assert world.sees("ann") == {"ann", "acme", "models"}
    assert world.sees("bob") == {"bob", "beta"}
    assert world.sees("eve") == {"eve"}


def test_the_admin_sees_everything(world: World) -> None:
    assert world.sees("root") is None


def test_a_reader_of_everything_sees_everything(world: World) -> None:
    world.grant("eve", "project.read", "*")
    assert world.sees("eve") is None


def test_members_see_their_organizations_projects_and_collaborators_theirs(world: World) -> None:
    world.member("eve", "beta", "viewer")
    world.collaborator("eve", "models", "viewer")
    assert world.sees("eve") == {"eve", "beta", "models"}


def test_grants_show_what_they_let_one_read(world: World) -> None:
    world.grant("eve", "project.read", f"account:{id_of('acme')}")
    world.grant("eve", "project.*", f"project:{id_of('h-beta')}")
    assert world.sees("eve") == {"eve", "acme", "models", "beta"}


def test_a_grant_for_something_else_shows_no_project(world: World) -> None:
    world.grant("eve", "service.logs", f"project:{id_of('models')}")
    assert world.sees("eve") == {"eve"}


def test_a_removed_project_is_seen_by_nobody_and_its_handle_leads_nowhere(world: World) -> None:
    world.collaborator("eve", "models", "viewer")
    world.apply(ProjectRemoved(project_id=id_of("models")))
    assert world.sees("ann") == {"ann", "acme"}
    assert world.sees("eve") == {"eve"}
    assert world.index.project_of_handle("models") is None
    assert world.index.live_project(id_of("models")) is None


def test_projects_of_a_removed_account_are_gone_with_it(world: World) -> None:
    world.apply(PrincipalRemoved(principal_id=id_of("acme")))
    assert world.sees("ann") == {"ann"}
    assert world.index.project_of_handle("models") is None


def test_a_handle_leads_to_its_project(world: World) -> None:
    project = world.index.project_of_handle("models")
    assert project is not None
    assert (project.id, project.account_id) == (id_of("models"), id_of("acme"))
    assert world.index.project_of_handle("nobody") is None


def test_ones_accounts_are_ones_own_and_those_one_is_a_member_of(world: World) -> None:
    assert world.index.accounts_of(id_of("ann")) == {id_of("ann"), id_of("acme")}
    assert world.index.accounts_of(id_of("eve")) == {id_of("eve")}
    assert world.index.accounts_of("f" * 24) == frozenset()


def test_events_of_other_aggregates_change_nothing(world: World) -> None:
    world.index.apply(object())
    assert world.sees("eve") == {"eve"}

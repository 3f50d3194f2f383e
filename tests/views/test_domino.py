"""Projects as those see them who work in them: now, at any moment, page by page, and by whom."""

from dataclasses import replace

import pytest

from services.query.paging import PAGE_BYTES
from shared.domain.git_credential.events import GitCredentialAdded, GitCredentialRemoved
from shared.domain.principal.events import MemberSet
from shared.domain.project.events import (
    CollaboratorRemoved,
    CollaboratorSet,
    GoalAdded,
    GoalRemoved,
    GoalSet,
    ProjectCreated,
    ProjectRemoved,
    ProjectRevised,
    ProjectStandingSet,
    ResultsBranchSet,
)
from shared.domain.project.repository import Repository
from shared.domain.project.standing import Standing, Visibility
from shared.domain.rejections import Forbidden, NotFound
from shared.kernel.secrets import SecretRef
from shared.queries.domino import (
    DominoProject,
    GetDominoProject,
    GetGoal,
    ListDominoProjects,
    ListGitCredentials,
    ListGoals,
)
from shared.queries.identity import ListOrganizations, ListPeople
from tests.views.world import Person, World


async def made(
    world: World, owner: Person, name: str, visibility: Visibility = "private", **more: object
) -> str:
    id_ = world.new_id()
    created = ProjectCreated(
        project_id=id_,
        account_id=owner.id,
        handle=f"{name}-a1b2c",
        name=name,
        description="",
        is_home=False,
        visibility=visibility,
        claims_name=True,
        **more,  # type: ignore[arg-type]  # fields of the event
    )
    await world.happened(created, account=owner.id)
    return id_


def goal(project_id: str, goal_id: str, title: str = "Reach", text: str | None = None) -> GoalAdded:
    return GoalAdded(
        project_id=project_id,
        goal_id=goal_id,
        title=title,
        description=text,
        assignee_id=None,
        stage_id=None,
    )


async def test_a_project_is_what_it_was_at_each_position(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    repository = Repository(repository_id=world.new_id(), uri="acme/churn", ref_kind="head")
    id_ = await made(world, ada, "churn", is_restricted=True, repository=repository)
    collaborator = CollaboratorSet(project_id=id_, principal_id=bob.id, role="launcher")
    standing = ProjectStandingSet(
        project_id=id_,
        progress="complete",
        is_blocked=True,
        blocked_reason="Waits",
        completed_message="Shipped",
    )
    steps = [
        await world.happened(event)
        for event in (
            collaborator,
            standing,
            ResultsBranchSet(project_id=id_, branch="isolated"),
            ProjectRevised(project_id=id_, name="leavers", description="d", visibility="public"),
            CollaboratorRemoved(project_id=id_, principal_id=bob.id),
        )
    ]
    await world.project()

    async def at(position: int) -> DominoProject:
        shown: DominoProject = await world.shown(
            GetDominoProject(project_id=id_), ada, as_of=position
        )
        return shown

    born = await at(steps[0] - 1)
    assert (born.name, born.visibility, born.is_restricted) == ("churn", "private", True)
    assert (born.owner_handle, born.repository) == ("ada", repository)
    assert (born.standing, born.results_branch, born.collaborators) == (Standing(), "main", ())
    assert (await at(steps[0])).collaborators == ((bob.id, "launcher"),)
    assert (await at(steps[1])).standing == Standing(
        progress="complete", is_blocked=True, blocked_reason="Waits", completed_message="Shipped"
    )
    assert (await at(steps[2])).results_branch == "isolated"
    renamed = await at(steps[3])
    assert (renamed.name, renamed.description, renamed.visibility) == ("leavers", "d", "public")
    assert renamed.collaborators == ((bob.id, "launcher"),)
    now = await world.shown(GetDominoProject(project_id=id_), ada)
    assert replace(now, updated_at=renamed.updated_at) == replace(renamed, collaborators=())


async def test_what_is_archived_is_there_before_and_after(world: World) -> None:
    ada = await world.person("ada")
    id_ = await made(world, ada, "churn")
    archived = ProjectRevised(project_id=id_, name="churn", description="", archived=True)
    away = await world.happened(archived)
    await world.project()
    gone = NotFound(kind="project", key=id_)
    assert await world.refused(GetDominoProject(project_id=id_), ada) == gone
    assert (await world.shown(ListDominoProjects(), ada)).total == 1  # The home project.
    then = await world.shown(ListDominoProjects(), ada, as_of=away - 1)
    assert [project.id for project in then.items] == [ada.home, id_]
    await world.happened(replace(archived, archived=False))
    await world.project()
    assert (await world.shown(GetDominoProject(project_id=id_), ada)).name == "churn"


async def test_what_is_removed_is_there_at_no_moment(world: World) -> None:
    ada = await world.person("ada")
    id_ = await made(world, ada, "churn")
    gone = await world.happened(ProjectRemoved(project_id=id_))
    await world.project()
    for asked in ({}, {"as_of": gone - 1}):
        refused = await world.refused(GetDominoProject(project_id=id_), ada, **asked)
        assert refused == NotFound(kind="project", key=id_)
        listed = await world.shown(ListDominoProjects(), ada, **asked)
        assert [project.id for project in listed.items] == [ada.home]


@pytest.mark.parametrize("visibility", ["public", "searchable", "private"])
async def test_a_stranger_sees_what_its_visibility_of_today_says(
    world: World, visibility: Visibility
) -> None:
    ada, eve = await world.person("ada"), await world.person("eve")
    id_ = await made(world, ada, "churn", "public")
    said = ProjectRevised(project_id=id_, name="churn", description="", visibility=visibility)
    position = await world.happened(said)
    await world.project()
    for question in (GetDominoProject(project_id=id_), ListGoals(project_id=id_)):
        for asked in ({}, {"as_of": position - 1}):
            if visibility == "public":
                await world.shown(question, eve, **asked)
                continue
            refused = await world.refused(question, eve, **asked)
            hidden = NotFound(kind="project", key=id_)
            known = Forbidden(action="project.read", resource=f"project:{id_}")
            assert refused == (known if visibility == "searchable" else hidden)
    listed = await world.shown(ListDominoProjects(), eve)
    assert (id_ in [each.id for each in listed.items]) == (visibility == "public")
    assert listed.total == len(listed.items)


async def test_goals_are_what_they_were(world: World) -> None:
    ada = await world.person("ada")
    id_, other = await made(world, ada, "churn"), await made(world, ada, "other")
    first, second = world.new_id(), world.new_id()
    # The second's id sorts before: the order is that of time.
    await world.happened(goal(id_, second, "First"), actor=f"user:{ada.id}")
    added = await world.happened(goal(id_, first, "Second"))
    await world.happened(goal(other, world.new_id(), "Elsewhere"))
    await world.happened(GoalSet(project_id=id_, goal_id=second, is_complete=True))
    await world.happened(GoalRemoved(project_id=id_, goal_id=first))
    await world.project()
    now = await world.shown(ListGoals(project_id=id_), ada)
    assert [(each.title, each.is_complete) for each in now.items] == [("First", True)]
    assert now.next_after is None
    assert now.items[0].created_by == ada.id
    then = await world.shown(ListGoals(project_id=id_), ada, as_of=added)
    assert [(each.title, each.is_complete) for each in then.items] == [
        ("First", False),
        ("Second", False),
    ]
    gone = await world.refused(GetGoal(project_id=id_, goal_id=first), ada)
    assert gone == NotFound(kind="goal", key=first)
    foreign = await world.refused(GetGoal(project_id=other, goal_id=second), ada)
    assert foreign == NotFound(kind="goal", key=second)


async def test_a_message_carries_what_fits_and_the_rest_is_asked_for(world: World) -> None:
    ada = await world.person("ada")
    id_ = await made(world, ada, "churn")
    count = PAGE_BYTES // (3 * 2000) + 5
    await world.happened(
        *(goal(id_, world.new_id(), f"{n}", "\u20ac" * 2000) for n in range(count))
    )
    await world.project()
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = await world.shown(ListGoals(project_id=id_, after=after), ada)
        found += [each.title for each in page.items]
        after = page.next_after
    assert found == [str(n) for n in range(count)]
    assert len(page.items) < count


async def test_people_are_oneself_ones_organizations_and_ones_projects(world: World) -> None:
    ada, bob, cyd, eve = [await world.person(who) for who in ("ada", "bob", "cyd", "eve")]
    root = await world.person("root", admin=True)
    acme, _ = await world.organization("acme", ada)
    id_ = await made(world, ada, "churn", "public")
    await world.happened(
        MemberSet(principal_id=acme, member_id=bob.id, role="member"),
        CollaboratorSet(project_id=id_, principal_id=cyd.id, role="viewer"),
    )
    await world.project()

    async def seen(who: Person) -> set[str]:
        page = await world.shown(ListPeople(limit=100), who)
        assert page.total == len(page.items)
        return {each.handle for each in page.items}

    assert await seen(ada) == {"ada", "bob", "cyd"}
    assert await seen(bob) == {"ada", "bob"}
    assert await seen(cyd) == {"ada", "cyd"}
    # A project that everybody reads makes nobody an acquaintance.
    assert await seen(eve) == {"eve"}
    assert await seen(root) == {"ada", "bob", "cyd", "eve", "root"}
    second = await world.shown(ListPeople(offset=1, limit=1), root)
    assert ([each.handle for each in second.items], second.total) == (["bob"], 5)


async def test_organizations_are_ones_own_and_all_for_the_admin(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    root = await world.person("root", admin=True)
    await world.organization("acme", ada)
    await world.organization("beta", bob)
    await world.project()

    async def named(who: Person, **question: object) -> list[str]:
        asked = ListOrganizations(**question)  # type: ignore[arg-type]  # fields of the question
        return [each.handle for each in (await world.shown(asked, who)).items]

    assert await named(ada) == ["acme"]
    assert await named(ada, name="Acme") == ["acme"]
    assert await named(ada, name="acme") == []
    assert await named(root) == []
    assert await named(root, everyones=True) == ["acme", "beta"]
    assert await named(root, everyones=True, name_part="ET") == ["beta"]
    refused = await world.refused(ListOrganizations(everyones=True), ada)
    assert refused == Forbidden(action="organization.list", resource="*")


async def test_git_credentials_are_their_owners_and_come_and_go(world: World) -> None:
    ada, bob, eve = [await world.person(who) for who in ("ada", "bob", "eve")]
    root = await world.person("root", admin=True)
    acme, _ = await world.organization("acme", ada)
    id_ = world.new_id()
    added = GitCredentialAdded(
        git_credential_id=id_,
        principal_id=ada.id,
        name="lab",
        domain="git.example",
        secret=SecretRef(secret_id=world.new_id(), mac="ba7809d84b3b" + "0" * 52),
        provider="gitLab",
        protocol="https",
        username=None,
    )
    await world.happened(MemberSet(principal_id=acme, member_id=bob.id, role="member"))
    position = await world.happened(added, account=ada.id)
    await world.project()
    question = ListGitCredentials(principal_id=ada.id)
    for who in (ada, root):
        (credential,) = (await world.shown(question, who)).items
        assert credential.fingerprint == "ba:78:09:d8:4b:3b:" + ":".join(["00"] * 10)
    assert isinstance(await world.refused(question, bob), Forbidden)
    assert await world.refused(question, eve) == NotFound(kind="user", key=ada.id)
    await world.happened(GitCredentialRemoved(git_credential_id=id_, principal_id=ada.id))
    await world.project()
    assert (await world.shown(question, ada)).items == ()
    assert len((await world.shown(question, ada, as_of=position)).items) == 1

"""Users, organizations, projects and goals: what each request means in our words, and how each
answer is spelled."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.domain.principal.commands import FoundOrganization, RemoveMember, SetMember
from shared.domain.project.commands import (
    AddGoal,
    CreateProject,
    RemoveCollaborator,
    RemoveGoal,
    ReviseProject,
    SetCollaborator,
    SetGoal,
    SetProjectStanding,
    SetResultsBranch,
)
from shared.domain.project.repository import Repository
from shared.domain.rejections import Forbidden, NotFound, Taken
from shared.queries.domino import (
    DominoProjectPage,
    GetDominoProject,
    GoalList,
    ListDominoProjects,
    ListGoals,
)
from shared.queries.identity import ListOrganizations
from tests.surfaces.domino.office import (
    BOB,
    CREDENTIAL,
    GOAL,
    ORG,
    PROJECT,
    REACH,
    REPOSITORY,
    ask,
    furnish,
)
from tests.surfaces.stubs import CALLER, PROJECT_ID, Gateway, gateway_of

PROJECTS = "/api/projects/beta/projects"
ONE = f"/api/projects/v1/projects/{PROJECT_ID}"
ORGS = "/api/organizations/v1/organizations"
ME = CALLER.principal_id
NEW = {"name": "churn", "description": "Who leaves", "visibility": "Private"}


@pytest.fixture(autouse=True)
def _furnished(gateway: Gateway) -> None:
    furnish(gateway)


# -- what is asked for

ROWS: list[tuple[str, str, Any, Any]] = [
    (
        "PUT",
        f"{ONE}/status",
        {"status": "Complete", "isBlocked": True, "blockedReason": "r", "completedMessage": "m"},
        SetProjectStanding(
            project_id=PROJECT_ID,
            progress="complete",
            is_blocked=True,
            blocked_reason="r",
            completed_message="m",
        ),
    ),
    (
        "PUT",
        f"{PROJECTS}/{PROJECT_ID}/results-settings",
        {"branch": "ISOLATED"},
        SetResultsBranch(project_id=PROJECT_ID, branch="isolated"),
    ),
    (
        "DELETE",
        f"{PROJECTS}/{PROJECT_ID}",
        None,
        ReviseProject(project_id=PROJECT_ID, archived=True),
    ),
    *(
        (
            "POST",
            f"{ONE}/collaborators",
            {"id": ORG, "role": theirs},
            SetCollaborator(project_id=PROJECT_ID, principal_id=ORG, role=ours),  # type: ignore[arg-type]  # a table of roles
        )
        for theirs, ours in (
            ("contributor", "member"),
            ("launcherUser", "launcher"),
            ("resultsConsumer", "viewer"),
            ("projectImporter", "importer"),
        )
    ),
    (
        "DELETE",
        f"{ONE}/collaborators/{BOB}",
        None,
        RemoveCollaborator(project_id=PROJECT_ID, principal_id=BOB),
    ),
    (
        "PATCH",
        f"{ONE}/goals/{GOAL}",
        {"isComplete": True},
        SetGoal(project_id=PROJECT_ID, goal_id=GOAL, is_complete=True),
    ),
    ("DELETE", f"{ONE}/goals/{GOAL}", None, RemoveGoal(project_id=PROJECT_ID, goal_id=GOAL)),
    (
        "PUT",
        f"{ORGS}/{ORG}/user",
        {"userId": BOB, "organizationRole": "Admin"},
        SetMember(principal_id=ORG, member_id=BOB, role="admin"),
    ),
    # What is spelled alike here stays what it is elsewhere.
    (
        "PUT",
        f"{ORGS}/{ORG}/user",
        {"userId": BOB, "organizationRole": "member"},
        SetMember(principal_id=ORG, member_id=BOB, role="viewer"),
    ),
    (
        "PUT",
        f"{ORGS}/{ORG}/user",
        {"userId": ME, "organizationRole": "admin"},
        SetMember(principal_id=ORG, member_id=ME, role="owner"),
    ),
    (
        "DELETE",
        f"{ORGS}/{ORG}/user?memberToRemoveId={BOB}",
        None,
        RemoveMember(principal_id=ORG, member_id=BOB),
    ),
]


@pytest.mark.parametrize(("method", "path", "body", "command"), ROWS)
async def test_a_write_means_one_command(
    gateway: Gateway, method: str, path: str, body: Any, command: Any
) -> None:
    given = {} if body is None else {"json": body}
    response = await ask(gateway, method, path, **given)
    assert response.status_code == 200, response.text
    assert [sent.command for sent in gateway.dispatch.sent] == [command]
    # Whoever reads next sees it.
    assert gateway.dispatch.asked[-1].after == 42


async def test_a_new_project_says_all_that_is_published(gateway: Gateway) -> None:
    body = {
        **NEW,
        "isRestricted": True,
        "ownerId": ORG,
        "mainRepository": {
            "uri": "https://github.com/acme/churn",
            "name": "churn",
            "defaultRef": {"refType": "Branch", "value": "main"},
            "gitCredentialId": CREDENTIAL,
        },
        "templateDetails": {"name": "Classifier", "templateId": "t", "templateRevisionId": "2"},
        "more": "is let be",
    }
    response = await ask(gateway, "POST", PROJECTS, json=body)
    assert response.status_code == 200, response.text
    (sent,) = gateway.dispatch.sent
    command = sent.command
    assert isinstance(command, CreateProject)
    repository = command.repository
    assert repository is not None
    assert command == CreateProject(
        project_id=command.project_id,
        account_id=ORG,
        handle=command.handle,
        name="churn",
        description="Who leaves",
        visibility="private",
        is_restricted=True,
        claims_name=True,
        repository=Repository(
            repository_id=repository.repository_id,
            uri="https://github.com/acme/churn",
            name="churn",
            provider="github",
            ref_kind="branch",
            ref="main",
            credential_id=CREDENTIAL,
        ),
        template="Classifier (t, revision 2)",
    )
    assert command.handle.startswith("churn-")


async def test_a_new_project_is_its_makers_and_needs_little(gateway: Gateway) -> None:
    await ask(gateway, "POST", PROJECTS, json={**NEW, "mainRepository": None})
    (sent,) = gateway.dispatch.sent
    assert (sent.command.account_id, sent.command.repository) == (ME, None)
    assert sent.command.is_restricted is False


async def test_a_handle_that_is_taken_is_tried_again_and_a_name_is_not(gateway: Gateway) -> None:
    handle, name = Taken(space="handle", key="x"), Taken(space="project_name", key="x")
    gateway.dispatch.rejections[CreateProject] = [handle, handle]
    assert (await ask(gateway, "POST", PROJECTS, json=NEW)).status_code == 200
    assert len({sent.command.handle for sent in gateway.dispatch.sent}) == 3
    gateway.dispatch.rejections[CreateProject] = [name]
    response = await ask(gateway, "POST", PROJECTS, json=NEW)
    assert (response.status_code, response.json()["errors"]) == (400, ["This name is taken."])


async def test_one_links_a_repository_with_ones_own_credential(gateway: Gateway) -> None:
    linked = {"uri": "https://git.example/a/b", "gitCredentialId": "ff" * 12}
    response = await ask(gateway, "POST", PROJECTS, json={**NEW, "mainRepository": linked})
    assert response.status_code == 404
    assert gateway.dispatch.sent == []


async def test_a_goal_is_added_with_all_it_says_once_under_a_key(gateway: Gateway) -> None:
    body = {"title": "Reach", "description": "d", "assigneeId": BOB, "stageId": "s"}
    for _ in range(2):
        headers = {"Idempotency-Key": "k"}
        assert (await ask(gateway, "POST", f"{ONE}/goals", json=body, headers=headers)).is_success
    await ask(gateway, "POST", f"{ONE}/goals", json=body)
    first, again, other = (sent.command for sent in gateway.dispatch.sent)
    assert first == again
    assert first == AddGoal(
        project_id=PROJECT_ID,
        goal_id=first.goal_id,
        title="Reach",
        description="d",
        assignee_id=BOB,
        stage_id="s",
    )
    assert other.goal_id != first.goal_id


async def test_an_organization_is_founded_by_who_asks(gateway: Gateway) -> None:
    members = [{"userId": BOB, "organizationRole": "Member"}]
    await ask(gateway, "POST", ORGS, json={"name": "Acme Labs", "members": members})
    (sent,) = gateway.dispatch.sent
    assert sent.command == FoundOrganization(
        principal_id=sent.command.principal_id,
        home_project_id=sent.command.home_project_id,
        handle="acme-labs",
        name="Acme Labs",
        founder_id=ME,
        members=((BOB, "member"),),
    )


async def test_organizations_are_filtered_as_published(gateway: Gateway) -> None:
    await ask(gateway, "GET", f"{ORGS}?nameFilter=Acme&offset=2&limit=3")
    await ask(gateway, "GET", f"{ORGS}/all?nameFilter=cm")
    own, all_ = (asked.question for asked in gateway.dispatch.asked)
    assert own == ListOrganizations(name="Acme", offset=2, limit=3)
    assert all_ == ListOrganizations(everyones=True, name_part="cm")


# -- how answers are spelled


async def test_a_project_is_spelled_as_published(gateway: Gateway) -> None:
    response = await ask(gateway, "GET", ONE)
    assert response.json()["project"] == {
        "id": PROJECT_ID,
        "name": "churn",
        "description": "Who leaves",
        "visibility": "searchable",
        "ownerId": ME,
        "ownerUsername": "ann",
        "collaborators": [{"id": BOB, "role": "launcherUser"}],
        "internal tags": ["restricted"],
        "internalTags": ["restricted"],
        "mainRepository": {
            "id": REPOSITORY,
            "uri": "https://github.com/acme/churn",
            "defaultRef": {"refType": "branch", "value": "main"},
            "serviceProvider": "gitLab",
            "name": "churn",
        },
    }
    assert response.json()["metadata"] == {
        "requestId": response.headers["x-request-id"],
        "notices": [],
    }


async def test_what_is_absent_is_left_out(gateway: Gateway) -> None:
    furnish(gateway, replace(PROJECT, repository=None))
    assert "mainRepository" not in (await ask(gateway, "GET", ONE)).json()["project"]
    (goal,) = (await ask(gateway, "GET", f"{ONE}/goals")).json()["goals"]
    assert goal == {
        "id": GOAL,
        "title": "Reach",
        "isComplete": False,
        "projectId": PROJECT_ID,
        "createdAt": "2026-03-18T12:00:00.000005Z",
        "creatorId": ME,
    }


@pytest.mark.parametrize("role", ["owner", "admin", "member"])
async def test_a_bigger_role_is_a_contributors_and_stays(gateway: Gateway, role: str) -> None:
    furnish(gateway, replace(PROJECT, collaborators=((BOB, role),)))
    shown = (await ask(gateway, "GET", ONE)).json()["project"]["collaborators"]
    assert shown == [{"id": BOB, "role": "contributor"}]
    await ask(gateway, "POST", f"{ONE}/collaborators", json=shown[0])
    assert gateway.dispatch.sent[-1].command.role == role


async def test_a_user_has_one_name_that_is_told_as_two(gateway: Gateway) -> None:
    user = (await ask(gateway, "GET", "/api/users/v1/self")).json()["user"]
    assert user == {
        "id": ME,
        "firstName": "Ann van",
        "lastName": "Dyk",
        "fullName": "Ann van Dyk",
        "userName": "ann",
        "avatarUrl": "",
        "email": "ann@example.net",
    }


async def test_an_organization_shows_its_members(gateway: Gateway) -> None:
    org = (await ask(gateway, "GET", f"{ORGS}/{ORG}")).json()["org"]
    assert org == {
        "id": ORG,
        "name": "Acme",
        "members": [
            {"userId": BOB, "organizationRole": "member"},
            {"userId": ME, "organizationRole": "admin"},
        ],
    }


async def test_a_page_says_where_it_is_flat_and_nested(gateway: Gateway) -> None:
    metadata = (await ask(gateway, "GET", f"{PROJECTS}?offset=40")).json()["metadata"]
    place = {"offset": 40, "limit": 10, "totalCount": 41}
    assert {name: metadata[name] for name in place} == place
    assert metadata["pagination"] == place


async def test_a_page_that_takes_several_messages_is_one_page_of_one_moment(
    gateway: Gateway,
) -> None:
    def some(question: ListDominoProjects) -> DominoProjectPage:
        count = min(2, question.limit)
        items = tuple(replace(PROJECT, name=f"{question.offset + n}") for n in range(count))
        return DominoProjectPage(items=items, total=40)

    gateway.dispatch.answers[ListDominoProjects] = some
    projects = (await ask(gateway, "GET", f"{PROJECTS}?offset=3&limit=5")).json()["projects"]
    assert [project["name"] for project in projects] == ["3", "4", "5", "6", "7"]
    assert [asked.moment.position for asked in gateway.dispatch.asked] == [None, 40, 40]


async def test_goals_are_asked_for_until_there_are_no_more(gateway: Gateway) -> None:
    gateway.dispatch.answers[ListGoals] = lambda q: GoalList(
        items=(REACH,), next_after=None if q.after else GOAL
    )
    assert len((await ask(gateway, "GET", f"{ONE}/goals")).json()["goals"]) == 2
    assert [asked.moment.position for asked in gateway.dispatch.asked] == [None, 40]


async def test_enums_are_sent_as_real_servers_do_where_the_operator_says_so(
    keys_dir: Path,
) -> None:
    other = gateway_of(keys_dir, domino_enum_case="pascal")
    furnish(other)
    project = (await other.ask("GET", ONE)).json()["project"]
    assert project["visibility"] == "Searchable"
    assert project["mainRepository"]["defaultRef"]["refType"] == "Branch"
    # Not one of the ten.
    assert project["collaborators"][0]["role"] == "launcherUser"
    await other.client.aclose()
    other.parts.hashers.close()


# -- refusals


@pytest.mark.parametrize(
    ("method", "path", "body"), [row[:3] for row in ROWS if PROJECT_ID in row[1]]
)
async def test_who_is_hidden_from_who_may_not_and_who_says_it_wrong(
    gateway: Gateway, method: str, path: str, body: Any
) -> None:
    """401, then 404, then 403, then 400."""
    bad: dict[str, Any] = {} if body is None else {"json": {name: [] for name in body}}
    stranger = await ask(gateway, method, path, headers={"Authorization": "Bearer nobody"}, **bad)
    assert stranger.status_code == 401
    gateway.dispatch.answers[GetDominoProject] = NotFound(kind="project", key=PROJECT_ID)
    assert (await ask(gateway, method, path, **bad)).status_code == 404
    gateway.dispatch.answers[GetDominoProject] = Forbidden(action="project.read", resource="p")
    assert (await ask(gateway, method, path, **bad)).status_code == 403
    furnish(gateway, replace(PROJECT, may=("project.read",)))
    assert (await ask(gateway, method, path, **bad)).status_code == 403
    furnish(gateway)
    if body is not None:
        assert (await ask(gateway, method, path, **bad)).status_code == 400
    assert gateway.dispatch.sent == []


@pytest.mark.parametrize("id_", ["x", "A" * 24, "0" * 23, "%20"])
async def test_what_is_no_id_is_nobodys(gateway: Gateway, id_: str) -> None:
    for path in (f"/api/projects/v1/projects/{id_}", f"{ORGS}/{id_}"):
        assert (await ask(gateway, "GET", path)).status_code == 404
    assert gateway.dispatch.asked == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**NEW, "visibility": "secret"},
        {**NEW, "name": 1},
        {**NEW, "isRestricted": "yes"},
        {**NEW, "mainRepository": {"uri": None}},
        {**NEW, "templateDetails": {"name": "x"}},
        [],
    ],
)
async def test_a_body_that_is_wrong_is_told_why(gateway: Gateway, body: Any) -> None:
    response = await ask(gateway, "POST", PROJECTS, json=body)
    assert response.status_code == 400
    assert response.json()["errors"]
    assert gateway.dispatch.sent == []


async def test_the_past_is_read_and_never_written(gateway: Gateway) -> None:
    await ask(gateway, "GET", f"{ONE}?as_of=7")
    assert gateway.dispatch.asked[-1].moment.position == 7
    for query in ("as_of=yesterday", "as_of=7&as_of=8", "limit=x", "limit=1&limit=2"):
        assert (await ask(gateway, "GET", f"{PROJECTS}?{query}")).status_code == 400
    response = await ask(gateway, "DELETE", f"{PROJECTS}/{PROJECT_ID}?as_of=7")
    assert response.status_code == 400
    assert gateway.dispatch.sent == []


async def test_who_is_no_collaborator_or_member_cannot_be_removed(gateway: Gateway) -> None:
    response = await ask(gateway, "DELETE", f"{ONE}/collaborators/{ORG}")
    assert response.json()["errors"] == ["There is no such collaborator."]
    response = await ask(gateway, "DELETE", f"{ORGS}/{ORG}/user?memberToRemoveId={ORG}")
    assert response.json()["errors"] == ["There is no such member."]
    assert (await ask(gateway, "DELETE", f"{ORGS}/{ORG}/user")).status_code == 400


async def test_a_user_is_no_organization(gateway: Gateway) -> None:
    assert (await ask(gateway, "GET", f"{ORGS}/{ME}")).status_code == 404

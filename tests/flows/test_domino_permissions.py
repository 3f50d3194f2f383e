"""Every operation of Domino's users, organizations and projects, tried by whom it is not for: a
stranger learns nothing of what is there (404), and a role that is too small may not act (403)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.flows.test_domino_projects import ORGANIZATIONS, PROJECT, PROJECTS, Person, person
from tests.support.outpost import admin
from tests.support.stack import Stack
from tests.surfaces.domino.contract import OPERATIONS, PUBLISHED
from tests.surfaces.domino.uncovered import UNCOVERED

pytestmark = [pytest.mark.stack]

AREAS = {"Users", "Organizations", "Projects"}
NOBODY = "65f0c1a2b3c4d5e6f7a8b9ff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`small` has the smallest role there is in both, `stranger` none in either."""

    owner: Person
    small: Person
    stranger: Person
    project: str
    organization: str
    goal: str

    def path(self, operation: str) -> str:
        path = OPERATIONS[operation][1]
        named = {
            "projectId": self.project,
            "organizationId": self.organization,
            "goalId": self.goal,
            "collaboratorId": self.small.id,
            "userId": self.owner.id,
        }
        query = f"?memberToRemoveId={self.small.id}" if operation == "removeUserFromOrg" else ""
        return path.format_map(named) + query


@pytest.fixture(scope="module")
def scene(stack: Stack) -> Scene:
    root = admin(stack)
    owner, small, stranger = (person(root, f"table-{who}") for who in ("own", "small", "far"))
    project = owner.project("table")
    member = {"userId": small.id, "organizationRole": "member"}
    body = {"name": "Table", "members": [member]}
    collaborator = {"id": small.id, "role": "projectImporter"}
    owner.made("POST", f"{PROJECT}/{project}/collaborators", collaborator)
    return Scene(
        owner=owner,
        small=small,
        stranger=stranger,
        project=project,
        organization=owner.made("POST", ORGANIZATIONS, body)["org"]["id"],
        goal=owner.made("POST", f"{PROJECT}/{project}/goals", {"title": "Reach"})["goal"]["id"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a stranger and the smallest role are answered; `body` is one that its owner may send."""

    stranger: int
    small: int
    body: Callable[[Scene], Any] = lambda scene: None


HIDDEN = Row(stranger=404, small=200)
TABLE = {
    "getCurrentUser": Row(stranger=200, small=200),
    "getVisibleUsers": Row(stranger=200, small=200),
    "getUserGitCreds": Row(stranger=404, small=403),
    "getUserOrgs": Row(stranger=200, small=200),
    "createOrg": Row(stranger=400, small=400, body=lambda _: {"name": "Table", "members": []}),
    "getAllOrgs": Row(stranger=403, small=403),
    "getOrg": HIDDEN,
    "addUserToOrg": Row(
        stranger=404,
        small=403,
        body=lambda scene: {"userId": scene.stranger.id, "organizationRole": "admin"},
    ),
    "removeUserFromOrg": Row(stranger=404, small=403),
    "getProjects": Row(stranger=200, small=200),
    # Whoever has signed in makes projects for himself, but not for others.
    "createProject": Row(
        stranger=404,
        small=404,
        body=lambda scene: {
            "name": "stolen",
            "description": "",
            "visibility": "private",
            "ownerId": scene.owner.id,
        },
    ),
    "archiveProject": Row(stranger=404, small=403),
    "getProjectResultSettings": HIDDEN,
    "updateProjectResultSettings": Row(
        stranger=404, small=403, body=lambda _: {"branch": "isolated"}
    ),
    "getProjectById": HIDDEN,
    "addCollaboratorToProject": Row(
        stranger=404,
        small=403,
        body=lambda scene: {"id": scene.stranger.id, "role": "contributor"},
    ),
    "removeCollaboratorFromProject": Row(stranger=404, small=403),
    "getProjectGoals": HIDDEN,
    "addGoalToProject": Row(stranger=404, small=403, body=lambda _: {"title": "stolen"}),
    "updateProjectGoal": Row(stranger=404, small=403, body=lambda _: {"isComplete": True}),
    "deleteProjectGoal": Row(stranger=404, small=403),
    "updateProjectStatus": Row(
        stranger=404, small=403, body=lambda _: {"status": "complete", "isBlocked": False}
    ),
}


def offered() -> set[str]:
    missing = frozenset().union(*UNCOVERED.values())
    return {
        operation["operationId"]
        for item in PUBLISHED["paths"].values()
        for operation in item.values()
        if operation["tags"][0] in AREAS and operation["operationId"] not in missing
    }


def test_every_operation_of_these_areas_has_its_row() -> None:
    assert offered() <= TABLE.keys()


@pytest.mark.parametrize("operation", TABLE)
def test_a_stranger_learns_nothing_of_what_is_there(scene: Scene, operation: str) -> None:
    row, method = TABLE[operation], OPERATIONS[operation][0]
    answer = scene.stranger.domino(method, scene.path(operation), row.body(scene))
    assert answer.status == row.stranger, answer
    told = str(answer.body)
    assert scene.project not in told
    assert scene.organization not in told


@pytest.mark.parametrize("operation", TABLE)
def test_a_role_that_is_too_small_may_not_act(scene: Scene, operation: str) -> None:
    row, method = TABLE[operation], OPERATIONS[operation][0]
    answer = scene.small.domino(method, scene.path(operation), row.body(scene))
    assert answer.status == row.small, answer


@pytest.mark.parametrize("operation", [name for name in TABLE if "{" in OPERATIONS[name][1]])
def test_what_a_stranger_is_told_is_what_is_told_of_what_is_not_there(
    scene: Scene, operation: str
) -> None:
    method, path = OPERATIONS[operation]
    row = TABLE[operation]
    absent = path.replace("{projectId}", NOBODY).replace("{organizationId}", NOBODY)
    absent = absent.replace("{userId}", NOBODY).format(goalId=NOBODY, collaboratorId=NOBODY)
    query = scene.path(operation).partition("?")[2]
    nobodys = scene.stranger.domino(
        method, f"{absent}?{query}" if query else absent, row.body(scene)
    )
    theirs = scene.stranger.domino(method, scene.path(operation), row.body(scene))
    assert (theirs.status, theirs.body["errors"]) == (nobodys.status, nobodys.body["errors"])


def test_nothing_of_all_that_happened(scene: Scene) -> None:
    """The tests above have tried to change it in every way there is."""
    project = scene.owner.made("GET", f"{PROJECT}/{scene.project}")["project"]
    assert project["collaborators"] == [{"id": scene.small.id, "role": "projectImporter"}]
    goals = scene.owner.made("GET", f"{PROJECT}/{scene.project}/goals")["goals"]
    assert [(goal["id"], goal["isComplete"]) for goal in goals] == [(scene.goal, False)]
    settings = scene.owner.made("GET", f"{PROJECTS}/{scene.project}/results-settings")
    assert settings["resultsSettings"] == {"branch": "main"}
    org = scene.owner.made("GET", f"{ORGANIZATIONS}/{scene.organization}")["org"]
    assert {each["userId"] for each in org["members"]} == {scene.owner.id, scene.small.id}


def test_the_installations_admin_sees_and_changes_everything(scene: Scene, stack: Stack) -> None:
    root = admin(stack)
    me = root.ops("GET", "whoami").body["principal_id"]
    anybody = Person(stack=stack, id=me, token=root.token)
    assert anybody.domino("GET", f"{PROJECT}/{scene.project}").status == 200
    orgs = anybody.made("GET", f"{ORGANIZATIONS}/all?nameFilter=TABL")["orgs"]
    assert scene.organization in [each["id"] for each in orgs]
    assert anybody.domino("GET", f"/api/users/beta/credentials/{scene.owner.id}").status == 200
    users = anybody.made("GET", "/api/users/v1/users?limit=1000")["users"]
    assert {scene.owner.id, scene.stranger.id} <= {user["id"] for user in users}


def test_pages_are_slices_of_one_order(scene: Scene) -> None:
    for number in range(3):
        scene.stranger.project(f"page-{number}")
    whole = scene.stranger.made("GET", f"{PROJECTS}?limit=100")["projects"]
    slices = [
        scene.stranger.made("GET", f"{PROJECTS}?offset={offset}&limit=1")
        for offset in range(len(whole))
    ]
    assert [page["projects"][0] for page in slices] == whole
    assert {page["metadata"]["totalCount"] for page in slices} == {len(whole)}
    past = scene.stranger.made("GET", f"{PROJECTS}?offset=1000")
    assert past["projects"] == []
    assert past["metadata"]["totalCount"] == len(whole)

"""Every operation of Domino that is offered, tried by whom it is not for: a stranger learns nothing
of what is there (404), a role that is too small may not act (403), and neither is told first what
is wrong with what he sent."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.flows.test_domino_projects import ORGANIZATIONS, PROJECT, PROJECTS, Person, person
from tests.support.outpost import Outpost, admin
from tests.support.stack import Stack
from tests.surfaces.domino.contract import OPERATIONS, PUBLISHED
from tests.surfaces.domino.uncovered import UNCOVERED

pytestmark = [pytest.mark.stack]

AREAS = {"Users", "Organizations", "Projects", "HardwareTier", "Environments", "Jobs"}
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
    job: str
    environment: str
    revision: str

    def path(self, operation: str) -> str:
        path = OPERATIONS[operation][1]
        named = {
            "projectId": self.project,
            "organizationId": self.organization,
            "goalId": self.goal,
            "collaboratorId": self.small.id,
            "userId": self.owner.id,
            "jobId": self.job,
            "tagId": NOBODY,
            "environmentId": self.environment,
            "revisionId": self.revision,
            "hardwareTierId": "small",
        }
        queries = {
            "removeUserFromOrg": f"?memberToRemoveId={self.small.id}",
            "getJobs": f"?projectId={self.project}",
            "getLinkedGoalsForJob": f"?jobId={self.job}",
            "linkJobToGoal": f"?jobId={self.job}",
            "unlinkJobFromGoal": f"?jobId={self.job}&projectId={self.project}",
            "removeJobTag": f"?projectId={self.project}",
        }
        return path.format_map(named) + queries.get(operation, "")


@pytest.fixture(scope="module")
def scene(stack: Stack) -> Scene:
    root = admin(stack)
    owner, small, stranger = (person(root, f"table-{who}") for who in ("own", "small", "far"))
    project = owner.project("table")
    member = {"userId": small.id, "organizationRole": "member"}
    body = {"name": "Table", "members": [member]}
    collaborator = {"id": small.id, "role": "projectImporter"}
    owner.made("POST", f"{PROJECT}/{project}/collaborators", collaborator)
    job = {"projectId": project, "runCommand": "true"}
    shared = root_as(root, stack).made("GET", "/api/environments/beta/environments?limit=100")
    default = next(each for each in shared["environments"] if each["name"] == "Default")
    return Scene(
        job=owner.made("POST", "/api/jobs/v1/jobs", job)["job"]["id"],
        environment=default["id"],
        revision=default["latestRevision"]["id"],
        owner=owner,
        small=small,
        stranger=stranger,
        project=project,
        organization=owner.made("POST", ORGANIZATIONS, body)["org"]["id"],
        goal=owner.made("POST", f"{PROJECT}/{project}/goals", {"title": "Reach"})["goal"]["id"],
    )


def root_as(root: Outpost, stack: Stack) -> Person:
    me = root.ops("GET", "whoami").body["principal_id"]
    return Person(stack=stack, id=me, token=root.token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a stranger and the smallest role are answered; `body` is one that its owner may send."""

    stranger: int
    small: int
    body: Callable[[Scene], Any] = lambda scene: None


TIER = {"id": "stolen", "name": "Stolen", "resources": {}}
REVISION = {"image": "python:3.11", "summary": "stolen"}
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
        small=403,
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
    "getAllHardwareTiers": Row(stranger=200, small=200),
    "getHardwareTierById": Row(stranger=200, small=200),
    "createHardwareTier": Row(stranger=403, small=403, body=lambda _: TIER),
    "updateHardwareTier": Row(stranger=403, small=403, body=lambda _: TIER),
    "archiveHardwareTier": Row(stranger=403, small=403),
    "getEnvironments": Row(stranger=200, small=200),
    "getEnvironment": Row(stranger=200, small=200),
    # Whoever has signed in makes environments, of which this is none.
    "createEnvironment": Row(stranger=400, small=400, body=lambda _: {"name": "stolen"}),
    "createEnvironmentRevision": Row(stranger=403, small=403, body=lambda _: REVISION),
    "updateEnvironmentRevisionIsRestricted": Row(
        stranger=403, small=403, body=lambda _: {"isRestricted": True}
    ),
    "archiveEnvironment": Row(stranger=403, small=403),
    "getJobs": HIDDEN,
    "getJobDetails": HIDDEN,
    "getJobLogs": HIDDEN,
    "getLinkedGoalsForJob": HIDDEN,
    "startJob": Row(
        stranger=404,
        small=403,
        body=lambda scene: {"projectId": scene.project, "runCommand": "true"},
    ),
    "linkJobToGoal": Row(
        stranger=404,
        small=403,
        body=lambda scene: {"goalId": scene.goal, "projectId": scene.project},
    ),
    "unlinkJobFromGoal": Row(stranger=404, small=403),
    # As published, whoever sees a job tags it.
    "addJobTag": Row(
        stranger=404,
        small=200,
        body=lambda scene: {"tagName": "seen", "projectId": scene.project},
    ),
    "removeJobTag": Row(stranger=404, small=404),
}


HIDDEN_ONES = [name for name, row in TABLE.items() if row == HIDDEN]


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


def wrong_bodies(right: Any) -> list[Any]:
    """What is right but for one field, which is of another kind; what says whose it is stays."""
    none = {"no": "such thing"}
    fields = [name for name in right if name not in ("projectId", "ownerId")]
    return [{**right, name: none} for name in fields]


@pytest.mark.parametrize(
    "operation", [name for name in TABLE if TABLE[name].small in (403, 404) or name in HIDDEN_ONES]
)
def test_a_missing_right_is_told_before_anything_that_is_wrong(
    scene: Scene, operation: str
) -> None:
    row, method = TABLE[operation], OPERATIONS[operation][0]
    bodies = wrong_bodies(row.body(scene)) if row.body(scene) else [None]
    path = scene.path(operation)
    wrong = f"{path}{'&' if '?' in path else '?'}limit=-1&offset=x" if method == "GET" else path
    for who, status in ((scene.stranger, row.stranger), (scene.small, row.small)):
        if status in (403, 404):
            for body in bodies:
                answer = who.domino(method, wrong, body)
                assert answer.status == status, (body, answer)


@pytest.mark.parametrize(
    "operation",
    [name for name in TABLE if "{" in OPERATIONS[name][1] and TABLE[name].stranger == 404],
)
def test_what_a_stranger_is_told_is_what_is_told_of_what_is_not_there(
    scene: Scene, operation: str
) -> None:
    method, path = OPERATIONS[operation]
    row = TABLE[operation]
    absent = path.replace("{projectId}", NOBODY).replace("{organizationId}", NOBODY)
    absent = absent.replace("{userId}", NOBODY).replace("{jobId}", NOBODY)
    absent = absent.format(goalId=NOBODY, collaboratorId=NOBODY, tagId=NOBODY)
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

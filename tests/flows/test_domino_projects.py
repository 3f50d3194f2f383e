"""Domino's projects on the whole stack: made there, they are everybody's, with their history."""

from dataclasses import dataclass
from typing import Any

import pytest

from shared.kernel.ids import to_uuid
from tests.support.outpost import Answer, Outpost, admin, call
from tests.support.stack import Stack
from tests.surfaces.domino.contract import check_answer

pytestmark = [pytest.mark.stack]

PROJECTS = "/api/projects/beta/projects"
PROJECT = "/api/projects/v1/projects"
ORGANIZATIONS = "/api/organizations/v1/organizations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whatever is answered is held against the contract."""

    stack: Stack
    id: str
    token: str

    def domino(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        url = f"{self.stack.gateway_url}{path}"
        told = {"X-Domino-Api-Key": self.token, **headers}
        answer = call(url, method=method, body=body, headers=told)
        check_answer(method, path.partition("?")[0], answer.status, answer.body)
        return answer

    def made(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        answer = self.domino(method, path, body, **headers)
        assert answer.status == 200, answer
        return answer.body

    def project(self, name: str, **more: Any) -> str:
        body = {"name": name, "description": "", "visibility": "private", **more}
        return str(self.made("POST", PROJECTS, body)["project"]["id"])


def person(root: Outpost, handle: str) -> Person:
    user = root.ops("POST", "users", {"handle": handle, "name": f"{handle.title()} Of Domino"})
    assert user.status == 201, user
    key = root.ops("POST", "api-keys", {"name": "domino", "principal": user.body["id"]})
    return Person(stack=root.stack, id=user.body["id"], token=key.body["token"])


@pytest.fixture(scope="module")
def root(stack: Stack) -> Outpost:
    return admin(stack)


@pytest.fixture(scope="module")
def dora(root: Outpost) -> Person:
    return person(root, "dora")


@pytest.fixture(scope="module")
def dirk(root: Outpost) -> Person:
    return person(root, "dirk")


def test_a_project_made_here_is_one_everywhere(root: Outpost, dora: Person) -> None:
    id_ = dora.project("everywhere", description="Ours")
    ops = root.ops("GET", f"projects/{id_}").body
    handle, at = ops["handle"], dora.stack.gateway_url
    assert (ops["name"], ops["account_id"]) == ("everywhere", dora.id)
    zenml = call(f"{at}/api/v1/projects/{to_uuid(id_)}", token=dora.token)
    assert zenml.body["name"] == handle
    drawn = call(f"{at}/v1/projects/{handle}", token=dora.token)
    assert (drawn.body["name"], drawn.body["description"]) == ("everywhere", "Ours")
    outpost = call(f"{at}/{handle}/services", token=dora.token)
    assert outpost.status == 200
    told = root.ops("GET", f"projects/{id_}/history").body
    assert [each["type"] for each in told["data"]] == ["project.created"]


def test_a_name_is_its_owners_once_until_it_is_archived(dora: Person, dirk: Person) -> None:
    first = dora.project("once")
    body = {"name": "Once", "description": "", "visibility": "private"}
    assert dora.domino("POST", PROJECTS, body).status == 400
    dirk.project("once")
    assert dora.made("DELETE", f"{PROJECTS}/{first}")["success"] is True
    assert dora.domino("GET", f"{PROJECT}/{first}").status == 404
    listed = dora.made("GET", f"{PROJECTS}?limit=1000")["projects"]
    assert first not in [project["id"] for project in listed]
    assert dora.domino("DELETE", f"{PROJECTS}/{first}").status == 404
    dora.project("once")


def test_what_was_stays_readable(dora: Person) -> None:
    id_ = dora.project("remembered")
    made = dora.domino("GET", f"{PROJECT}/{id_}").headers["log-position"]
    dora.made("PUT", f"{PROJECT}/{id_}/status", {"status": "complete", "isBlocked": False})
    dora.made("DELETE", f"{PROJECTS}/{id_}")
    then = dora.made("GET", f"{PROJECT}/{id_}?as_of={made}")
    assert then["project"]["name"] == "remembered"
    listed = dora.made("GET", f"{PROJECTS}?limit=1000&as_of={made}")["projects"]
    assert id_ in [project["id"] for project in listed]


@pytest.mark.parametrize(
    ("visibility", "status"), [("public", 200), ("searchable", 403), ("private", 404)]
)
def test_a_stranger_sees_what_its_visibility_says(
    dora: Person, dirk: Person, visibility: str, status: int
) -> None:
    id_ = dora.project(f"seen-{visibility}", visibility=visibility.title())
    assert dirk.domino("GET", f"{PROJECT}/{id_}").status == status
    listed = dirk.made("GET", f"{PROJECTS}?limit=1000")["projects"]
    assert (id_ in [project["id"] for project in listed]) == (status == 200)
    status_body = {"status": "complete", "isBlocked": False}
    wanted = 404 if status == 404 else 403
    assert dirk.domino("PUT", f"{PROJECT}/{id_}/status", status_body).status == wanted


def test_collaborators_do_what_their_roles_say(dora: Person, dirk: Person) -> None:
    id_ = dora.project("together")
    goals, status = f"{PROJECT}/{id_}/goals", f"{PROJECT}/{id_}/status"
    allowed = {"contributor": 200, "launcherUser": 403, "resultsConsumer": 403}
    for role, wanted in {**allowed, "projectImporter": 403}.items():
        added = dora.made("POST", f"{PROJECT}/{id_}/collaborators", {"id": dirk.id, "role": role})
        assert added["collaborator"] == {"id": dirk.id, "role": role}
        assert dirk.domino("GET", goals).status == 200
        assert dirk.domino("POST", goals, {"title": role}).status == wanted
        done = {"status": "complete", "isBlocked": False}
        assert dirk.domino("PUT", status, done).status == wanted
        assert dirk.domino("DELETE", f"{PROJECTS}/{id_}").status == 403
        invite = {"id": dora.id, "role": "contributor"}
        assert dirk.domino("POST", f"{PROJECT}/{id_}/collaborators", invite).status == 403
    gone = dora.made("DELETE", f"{PROJECT}/{id_}/collaborators/{dirk.id}")
    assert gone["success"] is True
    assert dirk.domino("GET", goals).status == 404
    assert dora.domino("DELETE", f"{PROJECT}/{id_}/collaborators/{dirk.id}").status == 404


def test_goals_are_reached_and_remembered(dora: Person) -> None:
    id_ = dora.project("goals")
    goals = f"{PROJECT}/{id_}/goals"
    key = {"Idempotency-Key": "goal-1"}
    first = dora.made("POST", goals, {"title": "One", "description": "Of two"}, **key)["goal"]
    again = dora.made("POST", goals, {"title": "One", "description": "Of two"}, **key)["goal"]
    assert first == again
    second = dora.made("POST", goals, {"title": "Two"})["goal"]
    assert first["creatorId"] == dora.id
    assert "description" not in second
    reached = dora.made("PATCH", f"{goals}/{first['id']}", {"isComplete": True})["goal"]
    assert reached == {**first, "isComplete": True}
    assert [g["title"] for g in dora.made("GET", goals)["goals"]] == ["One", "Two"]
    assert dora.made("DELETE", f"{goals}/{second['id']}")["success"] is True
    assert dora.domino("DELETE", f"{goals}/{second['id']}").status == 404
    assert [g["title"] for g in dora.made("GET", goals)["goals"]] == ["One"]


def test_anybody_founds_an_organization_and_its_admins_let_others_in(
    root: Outpost, dora: Person, dirk: Person
) -> None:
    body = {"name": "Dora Labs", "members": []}
    made = dora.made("POST", ORGANIZATIONS, body)["org"]
    id_ = made["id"]
    assert made["members"] == [{"userId": dora.id, "organizationRole": "admin"}]
    assert root.ops("GET", "organizations/dora-labs").body["id"] == id_
    assert dirk.domino("POST", ORGANIZATIONS, {"name": "dora labs", "members": []}).status == 400
    assert dirk.domino("GET", f"{ORGANIZATIONS}/{id_}").status == 404
    member = {"userId": dirk.id, "organizationRole": "Member"}
    org = dora.made("PUT", f"{ORGANIZATIONS}/{id_}/user", member)["org"]
    assert {"userId": dirk.id, "organizationRole": "member"} in org["members"]
    assert dirk.made("GET", f"{ORGANIZATIONS}/{id_}")["org"] == org
    assert dirk.domino("PUT", f"{ORGANIZATIONS}/{id_}/user", member).status == 403
    own = dirk.made("GET", f"{ORGANIZATIONS}?nameFilter=Dora%20Labs")["orgs"]
    assert [each["id"] for each in own] == [id_]
    assert dirk.made("GET", f"{ORGANIZATIONS}?nameFilter=Dora")["orgs"] == []
    assert dirk.domino("GET", f"{ORGANIZATIONS}/all").status == 403
    last = f"{ORGANIZATIONS}/{id_}/user?memberToRemoveId={dora.id}"
    assert dora.domino("DELETE", last).status == 400
    gone = f"{ORGANIZATIONS}/{id_}/user?memberToRemoveId={dirk.id}"
    assert dora.made("DELETE", gone)["org"]["members"] == made["members"]
    assert dora.domino("DELETE", gone).status == 404


def test_an_organization_collaborates_with_all_its_members(dora: Person, dirk: Person) -> None:
    body = {
        "name": "Guests",
        "members": [{"userId": dirk.id, "organizationRole": "member"}],
    }
    guests = dora.made("POST", ORGANIZATIONS, body)["org"]["id"]
    id_ = dora.project("guested")
    assert dirk.domino("GET", f"{PROJECT}/{id_}").status == 404
    dora.made("POST", f"{PROJECT}/{id_}/collaborators", {"id": guests, "role": "resultsConsumer"})
    assert dirk.domino("GET", f"{PROJECT}/{id_}").status == 200
    assert dirk.domino("POST", f"{PROJECT}/{id_}/goals", {"title": "x"}).status == 403


def test_a_project_of_an_organization_is_its_members(dora: Person, dirk: Person) -> None:
    member = {"userId": dirk.id, "organizationRole": "member"}
    org = dora.made("POST", ORGANIZATIONS, {"name": "Owners", "members": [member]})["org"]["id"]
    id_ = dora.project("owned", ownerId=org)
    shown = dirk.made("GET", f"{PROJECT}/{id_}")["project"]
    assert (shown["ownerId"], shown["ownerUsername"]) == (org, "owners")
    assert dirk.domino("POST", f"{PROJECT}/{id_}/goals", {"title": "x"}).status == 200
    assert dirk.domino("DELETE", f"{PROJECTS}/{id_}").status == 403


def test_results_go_where_the_owner_says(dora: Person, dirk: Person) -> None:
    id_ = dora.project("results", visibility="public")
    settings = f"{PROJECTS}/{id_}/results-settings"
    assert dirk.made("GET", settings)["resultsSettings"] == {"branch": "main"}
    assert dirk.domino("PUT", settings, {"branch": "isolated"}).status == 403
    assert dora.made("PUT", settings, {"branch": "Isolated"})["resultsSettings"] == {
        "branch": "isolated"
    }
    assert dora.domino("PUT", settings, {"branch": "other"}).status == 400


def test_users_see_themselves_and_those_they_work_with(dora: Person, dirk: Person) -> None:
    me = dora.made("GET", "/api/users/v1/self")["user"]
    assert (me["id"], me["userName"], me["fullName"]) == (dora.id, "dora", "Dora Of Domino")
    assert (me["firstName"], me["lastName"]) == ("Dora Of", "Domino")
    page = dora.made("GET", "/api/users/v1/users?limit=1000")
    seen = [user["id"] for user in page["users"]]
    assert dora.id in seen
    assert page["metadata"]["totalCount"] == len(seen)
    assert page["metadata"]["pagination"] == {"offset": 0, "limit": 1000, "totalCount": len(seen)}


def test_a_repeat_under_a_key_makes_one_project(dora: Person) -> None:
    body = {"name": "keyed", "description": "", "visibility": "private"}
    key = {"Idempotency-Key": "make-once"}
    first = dora.domino("POST", PROJECTS, body, **key)
    again = dora.domino("POST", PROJECTS, body, **key)
    assert first.body["project"] == again.body["project"]
    assert again.headers["idempotency-replayed"] == "true"
    other = dora.domino("POST", PROJECTS, {**body, "name": "other"}, **key)
    assert other.status == 409


def test_nothing_new_starts_in_a_project_that_is_blocked_or_archived(dora: Person) -> None:
    id_ = dora.project("standing-still")
    job = {"projectId": id_, "runCommand": "true"}
    blocked = {"status": "active", "isBlocked": True, "blockedReason": "Waits for data"}
    dora.made("PUT", f"{PROJECT}/{id_}/status", blocked)
    refused = dora.domino("POST", "/api/jobs/v1/jobs", job)
    assert (refused.status, "blocked" in refused.body["errors"][0]) == (400, True)
    dora.made("PUT", f"{PROJECT}/{id_}/status", {"status": "complete", "isBlocked": False})
    dora.made("POST", "/api/jobs/v1/jobs", job)
    dora.made("DELETE", f"{PROJECTS}/{id_}")
    assert dora.domino("POST", "/api/jobs/v1/jobs", job).status == 404


def test_git_credentials_are_shown_to_their_owner_by_fingerprint(
    dora: Person, dirk: Person
) -> None:
    at = f"users/{dora.id}/git-credentials"
    secret = "glpat-never-shown"
    given = {"name": "lab", "domain": "git.example", "secret": secret, "provider": "gitLab"}
    added = call(
        f"{dora.stack.gateway_url}/ops/v1/{at}", method="POST", token=dora.token, body=given
    )
    assert added.status == 201, added
    path = f"/api/users/beta/credentials/{dora.id}"
    shown = dora.domino("GET", path)
    (credential,) = shown.body["credentials"]
    assert (credential["name"], credential["gitServiceProvider"]) == ("lab", "gitLab")
    assert secret not in str(shown.body)
    assert dirk.domino("GET", path).status in (403, 404)
    linked = {"uri": "https://git.example/dora/x", "gitCredentialId": credential["id"]}
    id_ = dora.project("linked", mainRepository=linked)
    repository = dora.made("GET", f"{PROJECT}/{id_}")["project"]["mainRepository"]
    assert repository["defaultRef"] == {"refType": "head"}
    body = {"name": "stolen", "description": "", "visibility": "private"}
    assert dirk.domino("POST", PROJECTS, {**body, "mainRepository": linked}).status == 404
    bad = {"uri": "https://dora:secret@git.example/x/y"}
    assert dora.domino("POST", PROJECTS, {**body, "mainRepository": bad}).status == 400
    gone = call(
        f"{dora.stack.gateway_url}/ops/v1/{at}/{credential['id']}",
        method="DELETE",
        token=dora.token,
    )
    assert gone.status == 204
    assert dora.made("GET", path)["credentials"] == []


def test_nobody_is_told_anything_without_a_key(stack: Stack) -> None:
    for path in (PROJECTS, f"{PROJECT}/{'0' * 24}", ORGANIZATIONS, "/api/users/v1/self"):
        answer = call(f"{stack.gateway_url}{path}")
        assert answer.status == 401
        assert set(answer.body) == {"requestId", "errors"}

"""Our own surface: each thing down to its command, each document up to the wire."""

import hashlib
import hmac
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

from shared.access.digest import digest_of
from shared.domain import rejections as r
from shared.domain.api_key.commands import IssueApiKey, RevokeApiKey
from shared.domain.grant.commands import GiveGrant, RevokeGrant
from shared.domain.principal.commands import (
    CreateOrganization,
    CreateServiceAccount,
    CreateUser,
    RemoveMember,
    RemovePrincipal,
    RevisePrincipal,
    SetMember,
)
from shared.domain.project.commands import (
    CreateProject,
    RemoveCollaborator,
    RemoveProject,
    ReviseProject,
    SetCollaborator,
)
from shared.kernel.secrets import PlainText
from shared.kernel.unset import UNSET
from shared.queries.identity import (
    ApiKeyDocument,
    ApiKeyPage,
    GetApiKey,
    GetGrant,
    GetPrincipal,
    GrantDocument,
    GrantPage,
    ListApiKeys,
    ListGrants,
    ListPrincipals,
    ListProjects,
    PrincipalDocument,
    PrincipalPage,
    ProjectPage,
)
from shared.queries.services import (
    DeploymentPage,
    ListDeployments,
    ListReplicas,
    ReplicaDocument,
    ReplicaList,
)
from tests.surfaces.stubs import (
    CALLER,
    DEPLOYMENT,
    MOMENT,
    PROJECT,
    PROJECT_ID,
    SERVICE_ID,
    WEBHOOK,
    Gateway,
    with_env,
)

ORG_ID, USER_ID, BOT_ID, KEY_ID, GRANT_ID = ("01" * 12, "02" * 12, "03" * 12, "04" * 12, "05" * 12)
WHEN = "2026-03-18T12:00:00.000005Z"
ORGANIZATION = PrincipalDocument(
    id=ORG_ID,
    kind="organization",
    handle="acme",
    name="Acme",
    email=None,
    account_id=ORG_ID,
    home_project_id=PROJECT_ID,
    members=((USER_ID, "owner"),),
    created_at=MOMENT,
    updated_at=MOMENT,
)
USER = replace(
    ORGANIZATION, id=USER_ID, kind="user", handle="ben", email="ben@a.example", members=()
)
BOT = replace(
    ORGANIZATION, id=BOT_ID, kind="service_account", handle=None, home_project_id=None, members=()
)
PEOPLE = {key: d for d in (ORGANIZATION, USER, BOT) for key in (d.id, d.handle) if key}
API_KEY = ApiKeyDocument(
    id=KEY_ID,
    principal_id=USER_ID,
    name="ci",
    expires_at=MOMENT,
    revoked_at=None,
    created_at=MOMENT,
)
GRANT = GrantDocument(
    id=GRANT_ID, principal_id=USER_ID, action="service.read", resource="*", created_at=MOMENT
)


def principal_of(question: GetPrincipal) -> Any:
    # A principal that was just made has an id that no table knows.
    known = PEOPLE.get(question.key)
    is_new = re.fullmatch(r"6[0-9a-f]{23}", question.key) is not None
    return known or (
        replace(USER, id=question.key) if is_new else r.NotFound(kind="principal", key="")
    )


@pytest.fixture(autouse=True)
def answers(gateway: Gateway) -> None:
    gateway.dispatch.answers |= {
        GetPrincipal: principal_of,
        ListPrincipals: PrincipalPage(items=(ORGANIZATION,), total=1),
        ListProjects: ProjectPage(items=(PROJECT,), total=41),
        GetApiKey: API_KEY,
        ListApiKeys: ApiKeyPage(items=(API_KEY,), total=1),
        GetGrant: GRANT,
        ListGrants: GrantPage(items=(GRANT,), total=1),
    }


OWN = CALLER.principal_id


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "expected"),
    [
        (
            "POST", "/organizations", {"handle": "x", "name": "X"}, 201,
            CreateOrganization(
                principal_id="*", home_project_id="*", handle="x", name="X", owner_id=OWN
            ),
        ),
        (
            "POST", "/organizations", {"handle": "x", "name": "X", "owner": "ben"}, 201,
            CreateOrganization(
                principal_id="*", home_project_id="*", handle="x", name="X", owner_id=USER_ID
            ),
        ),
        (
            "POST", "/users", {"handle": "x", "name": "X", "email": "x@a.example"}, 201,
            CreateUser(
                principal_id="*", home_project_id="*", handle="x", name="X", email="x@a.example"
            ),
        ),
        (
            "POST", "/service-accounts", {"name": "bot"}, 201,
            CreateServiceAccount(principal_id="*", account_id=OWN, name="bot"),
        ),
        (
            "POST", "/service-accounts", {"name": "bot", "account": "acme"}, 201,
            CreateServiceAccount(principal_id="*", account_id=ORG_ID, name="bot"),
        ),
        (
            "PATCH", "/organizations/acme", {"name": "New"}, 200,
            RevisePrincipal(principal_id=ORG_ID, name="New"),
        ),
        (
            "PATCH", "/users/ben", {"email": None}, 200,
            RevisePrincipal(principal_id=USER_ID, email=None),
        ),
        (
            "PATCH", f"/service-accounts/{BOT_ID}", {"name": "b"}, 200,
            RevisePrincipal(principal_id=BOT_ID, name="b"),
        ),
        ("DELETE", "/users/ben", None, 204, RemovePrincipal(principal_id=USER_ID)),
        (
            "PUT", "/organizations/acme/members/ben", {"role": "viewer"}, 200,
            SetMember(principal_id=ORG_ID, member_id=USER_ID, role="viewer"),
        ),
        (
            "DELETE", f"/organizations/acme/members/{USER_ID}", None, 204,
            RemoveMember(principal_id=ORG_ID, member_id=USER_ID),
        ),
        (
            "POST", "/projects",
            {"handle": "p", "name": "P", "description": "d", "account": "acme"}, 201,
            CreateProject(
                project_id="*", account_id=ORG_ID, handle="p", name="P", description="d"
            ),
        ),
        (
            "PATCH", "/projects/acme", {"description": ""}, 200,
            ReviseProject(project_id=PROJECT_ID, description=""),
        ),
        ("DELETE", "/projects/acme", None, 204, RemoveProject(project_id=PROJECT_ID)),
        (
            "PUT", "/projects/acme/collaborators/ben", {"role": "admin"}, 200,
            SetCollaborator(project_id=PROJECT_ID, principal_id=USER_ID, role="admin"),
        ),
        (
            "DELETE", "/projects/acme/collaborators/ben", None, 204,
            RemoveCollaborator(project_id=PROJECT_ID, principal_id=USER_ID),
        ),
        (
            "POST", "/grants",
            {"principal": "ben", "action": "service.read", "resource": "*"}, 201,
            GiveGrant(grant_id="*", principal_id=USER_ID, action="service.read", resource="*"),
        ),
        ("DELETE", f"/grants/{GRANT_ID}", None, 204, RevokeGrant(grant_id=GRANT_ID)),
        ("DELETE", f"/api-keys/{KEY_ID}", None, 204, RevokeApiKey(key_id=KEY_ID)),
    ],
)  # fmt: skip
async def test_each_write_becomes_its_command(
    gateway: Gateway, method: str, path: str, body: Any, status: int, expected: Any
) -> None:
    if "projects" in path and method == "POST":
        from shared.queries.identity import GetProject

        gateway.dispatch.answers[GetProject] = PROJECT
    response = await gateway.ask(method, f"/ops/v1{path}", json=body)
    assert response.status_code == status, response.text
    command = gateway.dispatch.sent[0].command
    fresh = {
        name: "*"
        for name in ("principal_id", "home_project_id", "project_id", "grant_id")
        if getattr(expected, name, None) == "*"
    }
    assert replace(command, **fresh) == expected
    assert response.headers["log-position"] == "42"
    assert gateway.dispatch.asked[-1].after == 42


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            "/organizations/acme",
            {
                "id": ORG_ID, "kind": "organization", "handle": "acme", "name": "Acme",
                "email": None, "account_id": ORG_ID, "home_project_id": PROJECT_ID,
                "members": [{"principal_id": USER_ID, "role": "owner"}],
                "created_at": WHEN, "updated_at": WHEN,
            },
        ),
        (
            "/projects/acme",
            {
                "id": PROJECT_ID, "account_id": PROJECT.account_id, "handle": "acme",
                "name": "Acme", "description": "", "is_home": True, "collaborators": [],
                "may": ["project.read", "service.read", "service.remove", "service.write"],
                "created_at": WHEN, "updated_at": WHEN,
            },
        ),
        (
            f"/api-keys/{KEY_ID}",
            {
                "id": KEY_ID, "principal_id": USER_ID, "name": "ci", "expires_at": WHEN,
                "revoked_at": None, "created_at": WHEN,
            },
        ),
        (
            f"/grants/{GRANT_ID}",
            {
                "id": GRANT_ID, "principal_id": USER_ID, "action": "service.read",
                "resource": "*", "created_at": WHEN,
            },
        ),
    ],
)  # fmt: skip
async def test_each_thing_is_shown_with_every_field(
    gateway: Gateway, path: str, expected: dict[str, Any]
) -> None:
    response = await gateway.ask("GET", f"/ops/v1{path}")
    assert response.status_code == 200
    assert response.json() == expected


@pytest.mark.parametrize(
    ("path", "question"),
    [
        (
            "/organizations?page=2&per_page=5",
            ListPrincipals(kind="organization", page=2, per_page=5),
        ),
        ("/users", ListPrincipals(kind="user")),
        ("/service-accounts", ListPrincipals(kind="service_account")),
        ("/projects?account=acme", ListProjects(account_id=ORG_ID)),
        ("/api-keys?principal=ben", ListApiKeys(principal_id=USER_ID)),
        ("/grants", ListGrants()),
    ],
)
async def test_lists_are_pages(gateway: Gateway, path: str, question: Any) -> None:
    response = await gateway.ask("GET", f"/ops/v1{path}")
    assert response.status_code == 200
    assert set(response.json()) == {"data", "pagination"}
    assert gateway.dispatch.asked[-1].question == question
    bad = await gateway.ask("GET", f"/ops/v1{path.partition('?')[0]}?per_page=101")
    assert bad.status_code == 400
    assert bad.json()["errors"] == [{"field": "per_page", "message": "must be from 1 to 100"}]


async def test_a_thing_of_another_kind_is_not_found(gateway: Gateway) -> None:
    assert (await gateway.ask("GET", "/ops/v1/users/acme")).status_code == 404
    assert (await gateway.ask("DELETE", "/ops/v1/organizations/ben")).status_code == 404
    assert gateway.dispatch.sent == []


async def test_a_new_key_is_shown_once_and_sent_only_as_a_digest(gateway: Gateway) -> None:
    gateway.dispatch.answers[GetApiKey] = lambda q: replace(API_KEY, id=q.key_id)
    body = {"name": "ci", "principal": "ben", "expires_in_days": 30}
    response = await gateway.ask("POST", "/ops/v1/api-keys", json=body)
    assert response.status_code == 201
    shown = response.json()
    command = gateway.dispatch.sent[0].command
    assert isinstance(command, IssueApiKey)
    assert shown["token"] == f"cp_{shown['id']}_{shown['secret']}"
    assert shown["id"] == command.key_id
    assert command.digest == digest_of(shown["secret"], gateway.parts.installation)
    assert shown["secret"] not in repr(command)
    assert len(bytes.fromhex(shown["secret"])) == 32
    assert command.principal_id == USER_ID
    assert command.expires_at == MOMENT + timedelta(days=30)
    assert response.headers["cache-control"] == "no-store"


async def test_a_repeated_request_for_a_key_cannot_show_the_secret_again(
    gateway: Gateway,
) -> None:
    gateway.dispatch.replayed = KEY_ID
    response = await gateway.ask(
        "POST", "/ops/v1/api-keys", json={"name": "ci"}, headers={"Idempotency-Key": "k"}
    )
    assert response.status_code == 201
    shown = response.json()
    assert (shown["id"], shown["secret"], shown["token"]) == (KEY_ID, None, None)
    assert "shown" in shown["note"]


@pytest.mark.parametrize(
    "expiry",
    [
        {"expires_in_days": 0},
        {"expires_in_days": True},
        {"expires_at": "tomorrow"},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": "2030-01-01T00:00:00Z", "expires_in_days": 1},
    ],
)
async def test_an_expiry_that_makes_no_sense_is_400(
    gateway: Gateway, expiry: dict[str, Any]
) -> None:
    response = await gateway.ask("POST", "/ops/v1/api-keys", json={"name": "ci", **expiry})
    assert response.status_code == 400
    assert gateway.dispatch.sent == []


async def test_a_password_leaves_the_gateway_only_as_a_hash(gateway: Gateway) -> None:
    body = {"handle": "x", "name": "X", "password": "correct horse"}
    response = await gateway.ask("POST", "/ops/v1/users", json=body)
    assert response.status_code == 201
    command = gateway.dispatch.sent[0].command
    assert isinstance(command.password, PlainText)
    assert PasswordHasher().verify(command.password.text, "correct horse")
    assert "correct horse" not in response.text
    response = await gateway.ask("PATCH", "/ops/v1/users/ben", json={"password": "a new one"})
    assert response.status_code == 200
    revised = gateway.dispatch.sent[1].command
    assert (revised.name, revised.email) == (UNSET, UNSET)
    assert PasswordHasher().verify(revised.password.text, "a new one")


async def test_a_short_password_is_refused_without_being_echoed(gateway: Gateway) -> None:
    body = {"handle": "x", "name": "X", "password": "canary"}
    response = await gateway.ask("POST", "/ops/v1/users", json=body)
    assert response.status_code == 400
    assert "canary" not in response.text


@pytest.mark.parametrize(
    ("rejection", "status", "code"),
    [
        (r.Unauthenticated(), 401, "unauthorized"),
        (r.Forbidden(action="user.create", resource="*"), 403, "forbidden"),
        (r.NotFound(kind="principal", key="x"), 404, "not_found"),
        (r.Invalid(field="handle", message="is bad"), 400, "invalid_request"),
        (r.Incompatible(fields=("a", "b"), message="no"), 422, "incompatible"),
        (r.Taken(space="handle", key="x"), 409, "taken"),
        (r.Conflicting(state="exists", message="m"), 409, "conflict"),
        (r.Conflicting(state="home", message="m"), 403, "forbidden"),
        (r.KeyReused(), 409, "idempotency_key_reused"),
        (r.Contended(), 409, "contended"),
    ],
)
async def test_every_rejection_is_a_problem_with_its_status(
    gateway: Gateway, rejection: r.Rejection, status: int, code: str
) -> None:
    gateway.dispatch.rejection = rejection
    response = await gateway.ask("POST", "/ops/v1/users", json={"handle": "x", "name": "X"})
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert set(problem) - {"errors"} == {
        "type", "title", "status", "detail", "code", "request_id",
    }  # fmt: skip
    assert (problem["status"], problem["code"]) == (status, code)


async def test_a_service_is_shown_without_the_values_of_its_variables(gateway: Gateway) -> None:
    from shared.queries.services import GetServiceById

    gateway.dispatch.answers[GetServiceById] = with_env("A")
    response = await gateway.ask("GET", f"/ops/v1/services/{SERVICE_ID}")
    assert response.status_code == 200
    assert response.json()["workload"]["env"] == ["A"]
    assert response.json()["deployment"]["commit"] == "f" * 40


async def test_deployments_and_replicas_are_listed(gateway: Gateway) -> None:
    replica = ReplicaDocument(
        id="ab" * 12,
        service_id=SERVICE_ID,
        deployment_id=DEPLOYMENT.id,
        ordinal=0,
        generation=1,
        address="unix@/secret/place",
        runtime="process",
        isolated=True,
        state="ready",
        reason="",
        started_at=MOMENT,
        ready_at=None,
    )
    gateway.dispatch.answers |= {
        ListDeployments: DeploymentPage(items=(DEPLOYMENT,), total=1),
        ListReplicas: ReplicaList(items=(replica,)),
    }
    deployments = await gateway.ask("GET", f"/ops/v1/services/{SERVICE_ID}/deployments")
    assert [item["number"] for item in deployments.json()["data"]] == [1]
    replicas = await gateway.ask(
        "GET", f"/ops/v1/services/{SERVICE_ID}/replicas?include_stopped=true"
    )
    assert gateway.dispatch.asked[-1].question == ListReplicas(
        service_id=SERVICE_ID, include_stopped=True
    )
    assert replicas.json()["data"][0]["state"] == "ready"
    assert "/secret/place" not in replicas.text


PUSH = b'{"repository": {"full_name": "acme/app", "id": 1}, "ref": "refs/heads/main"}'


def signed(body: bytes, secret: str = WEBHOOK) -> dict[str, str]:
    mac = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={mac}", "Authorization": ""}


async def test_a_signed_push_is_told_on(gateway: Gateway) -> None:
    response = await gateway.ask("POST", "/ops/v1/hooks/git", content=PUSH, headers=signed(PUSH))
    assert response.status_code == 202
    assert gateway.dispatch.hints == ["acme/app"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": ""},
        {"X-Hub-Signature-256": "", "Authorization": ""},
        {"X-Hub-Signature-256": "sha256=" + "0" * 64},
        signed(PUSH, "other secret"),
        signed(PUSH + b" "),
    ],
)
async def test_a_push_that_is_not_signed_right_is_401(
    gateway: Gateway, headers: dict[str, str]
) -> None:
    response = await gateway.ask("POST", "/ops/v1/hooks/git", content=PUSH, headers=headers)
    assert response.status_code == 401
    assert gateway.dispatch.hints == []


@pytest.mark.parametrize("name", ["../x", "a/b/c", "-u/x", "a b/c", "host:path"])
async def test_a_push_of_no_repository_is_400(gateway: Gateway, name: str) -> None:
    body = b'{"repository": {"full_name": "' + name.encode() + b'"}}'
    response = await gateway.ask("POST", "/ops/v1/hooks/git", content=body, headers=signed(body))
    assert response.status_code == 400
    assert gateway.dispatch.hints == []

"""What ZenML's client asks before any service: the server, a token, itself, projects, a stack."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from shared.domain.principal.commands import OpenSession
from shared.domain.rejections import Unauthenticated
from shared.kernel.ids import to_uuid
from shared.queries.registrations import GetScope, ListScopes, Selection
from shared.queries.sign_in import GetHashing, HashingDocument
from tests.surfaces.stubs import CALLER, PROJECT_ID, TOKEN, Gateway
from tests.surfaces.zenml.office import ONE, PROJECT, SERVICES, furnished

LOGIN = "/api/v1/login"
ME = "/api/v1/current-user"
HASHED = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA"


async def test_the_server_tells_its_version_to_anybody(gateway: Gateway) -> None:
    answer = await gateway.client.get("/api/v1/info")
    info = answer.json()
    assert (info["version"], info["auth_scheme"]) == ("0.98.0", "OAUTH2_PASSWORD_BEARER")
    assert str(UUID(info["id"])) == info["id"]
    assert (await gateway.client.get("/api/v1/info")).json() == info


async def test_an_api_key_becomes_a_token_that_dies_with_it(gateway: Gateway) -> None:
    furnished(gateway)
    for form in ({"grant_type": "zenml-api-key", "password": TOKEN}, {"password": TOKEN}):
        answer = await gateway.client.post(LOGIN, data=form)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        token = answer.json()
        assert token["token_type"] == "bearer"
        assert token["expires_in"] in (24 * 3600 - 1, 24 * 3600)  # whole seconds are signed
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    assert (await gateway.client.get(SERVICES, headers=bearer)).status_code == 200
    # It opens this API only.
    assert (await gateway.client.get("/ops/v1/whoami", headers=bearer)).status_code == 401
    gateway.dispatch.callers.clear()
    gateway.parts.authenticator.forget()
    assert (await gateway.client.get(SERVICES, headers=bearer)).status_code == 401


async def test_a_token_lives_no_longer_than_its_key_nor_than_a_day(gateway: Gateway) -> None:
    furnished(gateway)
    ends = gateway.clock.now() + timedelta(hours=1)
    gateway.sign_in(replace(CALLER, key_expires_at=ends))
    form = {"grant_type": "zenml-api-key", "password": TOKEN}
    token = (await gateway.client.post(LOGIN, data=form)).json()
    assert token["expires_in"] in (3599, 3600)
    gateway.clock.pass_by(3600)
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    assert (await gateway.client.get(SERVICES, headers=bearer)).status_code == 401


@pytest.mark.parametrize("key", ["x", "cp_" + "ab" * 12 + "_" + "z" * 40, "ü", "a b", "k" * 9000])
async def test_a_key_that_opens_nothing_gets_no_token(gateway: Gateway, key: str) -> None:
    answer = await gateway.client.post(LOGIN, data={"grant_type": "zenml-api-key", "password": key})
    assert answer.status_code == 401
    assert answer.json() == {
        "detail": ["CredentialsNotValid", "Authentication error: error decoding API key"]
    }


async def test_a_password_opens_a_session_whose_token_is_good_here(gateway: Gateway) -> None:
    hashing = HashingDocument(principal_id=CALLER.principal_id, parameters=HASHED)
    furnished(gateway).dispatch.answers[GetHashing] = hashing
    form = {"grant_type": "password", "username": "ann", "password": "correct horse"}
    answer = await gateway.client.post(LOGIN, data=form)
    assert answer.status_code == 200, answer.text
    [sent] = gateway.dispatch.sent
    assert isinstance(sent.command, OpenSession)
    assert sent.command.principal_id == CALLER.principal_id
    assert "correct horse" not in repr(sent.command)
    assert 0 < answer.json()["expires_in"] <= 24 * 3600
    gateway.sign_in(replace(CALLER, key_id=sent.command.session_id), secret="session")
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert (await gateway.client.get(ME, headers=bearer)).json()["name"] == "ann"


async def test_a_wrong_password_and_an_unknown_user_are_answered_alike(gateway: Gateway) -> None:
    gateway.dispatch.rejection = Unauthenticated()
    answers = []
    for hashing in (
        HashingDocument(principal_id=CALLER.principal_id, parameters=HASHED),
        HashingDocument(principal_id=None, parameters=None),
    ):
        gateway.dispatch.answers[GetHashing] = hashing
        form = {"username": "ann", "password": "wrong"}
        answer = await gateway.client.post(LOGIN, data=form)
        answers.append((answer.status_code, answer.json()))
    assert (
        answers[0]
        == answers[1]
        == (
            401,
            {
                "detail": [
                    "CredentialsNotValid",
                    "Authentication error: invalid username or password",
                ]
            },
        )
    )


async def test_who_calls_is_a_user_with_a_default_project(gateway: Gateway) -> None:
    answer = await furnished(gateway).ask("GET", f"{ME}?hydrate=True")
    me = answer.json()
    assert me["id"] == str(to_uuid(CALLER.principal_id))
    assert me["body"]["default_project_id"] == PROJECT
    assert me["metadata"]["email"] == "ann@example.net"


async def test_projects_are_listed_and_found_by_name_and_id(gateway: Gateway) -> None:
    furnished(gateway)
    page = (await gateway.ask("GET", "/api/v1/projects?sort_by=desc:name&size=5")).json()
    assert page["total"] == 1
    assert page["items"][0]["name"] == "acme"
    assert page["items"][0]["metadata"] is None
    selection = Selection(sort_by="name", descending=True, limit=5)
    assert gateway.dispatch.asked[-1].question == ListScopes(selection=selection)
    for key, meant in ((PROJECT, PROJECT_ID), ("acme", "acme"), ("default", "default")):
        project = (await gateway.ask("GET", f"/api/v1/projects/{key}")).json()
        assert (project["id"], project["metadata"]["description"]) == (PROJECT, "All of it")
        assert gateway.dispatch.asked[-1].question == GetScope(project=meant)


async def test_there_is_one_stack(gateway: Gateway) -> None:
    [stack] = (await gateway.ask("GET", "/api/v1/stacks?name=default")).json()["items"]
    whole = (await gateway.ask("GET", f"/api/v1/stacks/{stack['id']}")).json()
    assert set(whole["metadata"]["components"]) == {"artifact_store", "orchestrator"}
    assert (await gateway.ask("GET", "/api/v1/stacks?name=other")).json()["total"] == 0


@pytest.mark.parametrize("path", [SERVICES, ONE, ME, "/api/v1/projects", "/api/v1/stacks"])
async def test_head_is_no_method_and_nobody_reads_without_a_credential(
    gateway: Gateway, path: str
) -> None:
    furnished(gateway)
    assert (await gateway.ask("HEAD", path)).status_code == 405
    answer = await gateway.client.get(path)
    assert (answer.status_code, answer.json()) == (401, {"detail": "Not authenticated"})
    assert answer.headers["www-authenticate"] == "Bearer"

"""How Amigo says no: status, sentence or list of places, and the code its SDK reads."""

from typing import Any

import pytest

from shared.domain.rejections import (
    Conflicting,
    Contended,
    Forbidden,
    Incompatible,
    Invalid,
    KeyReused,
    NotFound,
    Taken,
)
from shared.queries.conversations import ListConversations
from tests.surfaces.amigo.office import CREATE, CREATE_TEST, ONE, SERVICES, UNIT_TESTS
from tests.surfaces.stubs import Gateway

PUT = f"{ONE}version_sets/beta/"
SET: dict[str, Any] = {"llm_model_preferences": {}}
REQUESTS = [
    ("GET", SERVICES, None),
    ("POST", SERVICES, CREATE),
    ("POST", ONE, {}),
    ("PUT", PUT, {"version_set": SET}),
    ("DELETE", PUT, None),
    ("POST", UNIT_TESTS, CREATE_TEST),
    ("GET", UNIT_TESTS, None),
    ("GET", f"{UNIT_TESTS}search/?query=x", None),
    ("DELETE", f"{UNIT_TESTS}{'c3' * 12}/", None),
]


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
async def test_nobody_gets_in_without_a_credential(
    gateway: Gateway, method: str, path: str, body: Any
) -> None:
    response = await gateway.client.request(method, path, json=body)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["error_code"] == "unauthorized"


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
async def test_a_path_ends_with_a_slash_and_is_never_redirected(
    gateway: Gateway, method: str, path: str, body: Any
) -> None:
    bare, _, query = path.partition("?")
    response = await gateway.ask(method, f"{bare.rstrip('/')}?{query}", json=body)
    assert (response.status_code, response.json()["detail"]) == (404, "Not Found")


async def test_a_method_that_a_path_has_not(gateway: Gateway) -> None:
    response = await gateway.ask("DELETE", ONE)
    assert response.status_code == 405
    assert "POST" in response.headers["allow"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [row for row in REQUESTS if row[0] != "GET"],
)
async def test_an_unknown_organization_is_absent(
    gateway: Gateway, method: str, path: str, body: Any
) -> None:
    response = await gateway.ask(method, path.replace("acme", "nobody"), json=body)
    assert response.status_code == 404
    assert response.json() == {
        "detail": "The organization does not exist.",
        "error_code": "not_found",
    }
    assert gateway.dispatch.sent == []


@pytest.mark.parametrize(
    ("rejection", "status", "code"),
    [
        (Forbidden(action="service.read", resource="r"), 403, "forbidden"),
        (NotFound(kind="organization", key="x"), 404, "not_found"),
        (NotFound(kind="service", key="x"), 404, "not_found"),
        (NotFound(kind="agent", key="x"), 404, "not_found"),
        (NotFound(kind="version_set", key="x"), 404, "not_found"),
        (Invalid(field="name", message="must be shorter"), 422, "validation_error"),
        (Incompatible(fields=("agent_version",), message="m"), 400, "invalid_configuration"),
        (Taken(space="active_name", key="k"), 409, "conflict"),
        (Conflicting(state="fixed", message="m"), 400, "fixed"),
        (Conflicting(state="used", message="m"), 400, "used"),
        (Conflicting(state="exists", message="m"), 409, "exists"),
        (KeyReused(), 409, "idempotency_key_reused"),
        (Contended(), 409, "contended"),
    ],
)
async def test_what_the_domain_refuses(
    gateway: Gateway, rejection: Any, status: int, code: str
) -> None:
    gateway.dispatch.rejection = rejection
    response = await gateway.ask("POST", ONE, json={})
    assert (response.status_code, response.json()["error_code"]) == (status, code)
    if status != 422:
        assert isinstance(response.json()["detail"], str)


async def test_a_list_that_may_not_be_read(gateway: Gateway) -> None:
    gateway.dispatch.answers[ListConversations] = Forbidden(action="service.read", resource="r")
    assert (await gateway.ask("GET", SERVICES)).status_code == 403


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in CREATE.items() if key != name}


@pytest.mark.parametrize(
    ("method", "path", "body", "loc"),
    [
        ("GET", f"{SERVICES}?limit=0", None, ["query", "limit"]),
        ("GET", f"{SERVICES}?limit=21", None, ["query", "limit"]),
        ("GET", f"{SERVICES}?limit=ten", None, ["query", "limit"]),
        ("GET", f"{SERVICES}?continuation_token=x", None, ["query", "continuation_token"]),
        ("GET", f"{SERVICES}?id=short", None, ["query", "id", 0]),
        ("GET", f"{SERVICES}?sort_by=name", None, ["query", "sort_by"]),
        ("GET", f"{SERVICES}?sort_by=-id", None, ["query", "sort_by"]),
        ("GET", f"{SERVICES}?tags=team", None, ["query", "tags"]),
        ("GET", f"{SERVICES}?is_active=maybe", None, ["query", "is_active"]),
        ("GET", f"{SERVICES}?as_of=soon", None, ["query", "as_of"]),
        ("GET", f"{UNIT_TESTS}search/", None, ["query", "query"]),
        ("GET", f"{UNIT_TESTS}search/?query=%20", None, ["query", "query"]),
        ("GET", f"{UNIT_TESTS}?sort_by=name", None, ["query", "sort_by"]),
        ("GET", f"{UNIT_TESTS}?creator=me", None, ["query", "creator"]),
        ("GET", f"{UNIT_TESTS}?limit=501", None, ["query", "limit"]),
        ("POST", SERVICES, without("name"), ["body", "name"]),
        ("POST", SERVICES, without("is_active"), ["body", "is_active"]),
        ("POST", SERVICES, {**CREATE, "name": "  "}, ["body", "name"]),
        ("POST", SERVICES, {**CREATE, "is_active": "true"}, ["body", "is_active"]),
        ("POST", SERVICES, {**CREATE, "agent_id": "A1" * 12}, ["body", "agent_id"]),
        ("POST", SERVICES, {**CREATE, "keyterms": ["Sleep"]}, ["body", "keyterms", 0]),
        ("POST", SERVICES, {**CREATE, "keyterms": ["a"] * 21}, ["body", "keyterms"]),
        ("POST", SERVICES, {**CREATE, "keyterms": ["a b c d"]}, ["body", "keyterms", 0]),
        ("POST", SERVICES, {**CREATE, "tags": {"a": "b:c"}}, ["body", "tags", "a"]),
        ("POST", SERVICES, [], ["body"]),
        ("POST", f"{SERVICES}xyz/", {}, ["path", "service_id"]),
        ("POST", ONE, {"name": 7}, ["body", "name"]),
        ("PUT", PUT, SET, ["body", "version_set"]),
        ("PUT", PUT, {"version_set": {}}, ["body", "version_set", "llm_model_preferences"]),
        (
            "PUT",
            PUT,
            {"version_set": {"llm_model_preferences": {"reply": {"llm_name": "gpt-2"}}}},
            ["body", "version_set", "llm_model_preferences", "reply", "llm_name"],
        ),
        (
            "PUT",
            f"{ONE}version_sets/be.ta/",
            {"version_set": SET},
            ["path", "version_set_name"],
        ),
        (
            "PUT",
            f"{ONE}version_sets/{'x' * 41}/",
            {"version_set": SET},
            ["path", "version_set_name"],
        ),
        ("DELETE", f"{SERVICES}xyz/version_sets/beta/", None, ["path", "service_id"]),
        (
            "POST",
            UNIT_TESTS,
            {**CREATE_TEST, "max_interactions": 101},
            ["body", "max_interactions"],
        ),
        (
            "POST",
            UNIT_TESTS,
            {**CREATE_TEST, "success_criterions": []},
            ["body", "success_criterions"],
        ),
        ("DELETE", f"{UNIT_TESTS}xyz/", None, ["path", "simulation_unit_test_id"]),
    ],
)
async def test_a_fault_names_its_place(
    gateway: Gateway, method: str, path: str, body: Any, loc: list[Any]
) -> None:
    response = await gateway.ask(method, path, json=body)
    assert response.status_code == 422, response.text
    detail = response.json()["detail"]
    assert detail[0]["loc"] == loc
    assert set(detail[0]) == {"loc", "msg", "type"}
    assert gateway.dispatch.sent == []


async def test_a_missing_field_says_so_and_broken_json_is_told(gateway: Gateway) -> None:
    missing = (await gateway.ask("POST", SERVICES, json=without("name"))).json()["detail"][0]
    assert (missing["msg"], missing["type"]) == ("is required", "missing")
    broken = await gateway.ask("POST", SERVICES, content=b"{")
    assert (broken.status_code, broken.json()["detail"][0]["loc"]) == (422, ["body"])

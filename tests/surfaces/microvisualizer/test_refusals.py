"""How this dialect says no: always one of three closed objects, and alike for what is not there and
what is out of sight."""

from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest

from services.gateway.limits import Rate
from services.gateway.refusals import (
    Accident,
    BadFields,
    BadRequest,
    NoSuchMethod,
    NoSuchPath,
    NotAllowed,
    NotAuthenticated,
    RateLimited,
    TooLarge,
    Unavailable,
)
from services.gateway.surfaces.microvisualizer.errors import refused, rejected
from shared.domain import rejections as r
from shared.kernel import json
from shared.queries.microvisualizer import GetProjectCard
from tests.surfaces.microvisualizer.contract import conforms
from tests.surfaces.microvisualizer.office import AT, CARD, ask
from tests.surfaces.stubs import Gateway

ERROR, INVALID, LIMITED = "ErrorResponse", "ValidationError", "RateLimitError"


@pytest.mark.parametrize(
    ("refusal", "status", "code", "schema"),
    [
        (BadRequest(message="m"), 400, "bad_request", ERROR),
        (BadFields(problems=(("a", "b"),)), 400, "validation_failed", INVALID),
        (NotAuthenticated(), 401, "unauthorized", ERROR),
        (NotAllowed(message="m"), 403, "forbidden", ERROR),
        (NoSuchPath(), 404, "not_found", ERROR),
        (NoSuchMethod(allow="GET"), 405, "bad_request", ERROR),
        (TooLarge(limit_bytes=1), 413, "bad_request", ERROR),
        (RateLimited(retry_after_seconds=7), 429, "rate_limited", LIMITED),
        (Unavailable(message="m"), 503, "internal_error", ERROR),
        (Accident(), 500, "internal_error", ERROR),
    ],
)
def test_what_the_gateway_refuses(refusal: Any, status: int, code: str, schema: str) -> None:
    rendered = refused(refusal, "req_1")
    body = json.loads(rendered.body)
    conforms(body, schema)
    assert (rendered.status, body["status"], body["code"]) == (status, status, code)


@pytest.mark.parametrize(
    ("rejection", "status", "code", "schema"),
    [
        (r.Unauthenticated(), 401, "unauthorized", ERROR),
        (r.Forbidden(action="a", resource="r"), 403, "forbidden", ERROR),
        (r.NotFound(kind="project", key="k"), 404, "project_not_found", ERROR),
        (r.NotFound(kind="service", key="k"), 404, "service_not_found", ERROR),
        (r.NotFound(kind="share", key="k"), 404, "public_share_token_not_found", ERROR),
        (r.NotFound(kind="pin", key="k"), 404, "not_found", ERROR),
        (r.NotFound(kind="change", key="k"), 404, "not_found", ERROR),
        (r.NotFound(kind="customer", key="k"), 404, "customer_not_found", ERROR),
        (r.NotFound(kind="subscription", key="k"), 404, "subscription_not_found", ERROR),
        (r.NotFound(kind="else", key="k"), 404, "not_found", ERROR),
        (r.Invalid(field="name", message="m"), 400, "validation_failed", INVALID),
        (r.Invalid(field="as_of", message="m"), 400, "bad_request", ERROR),
        (r.Incompatible(fields=("a", "b"), message="m"), 400, "validation_failed", INVALID),
        (r.Taken(space="slug", key="k", holder_kind="service"), 409, "service_name_conflict",
         ERROR),
        (r.Taken(space="handle", key="k"), 409, "conflict", ERROR),
        (r.Conflicting(state="home", message="m"), 403, "forbidden", ERROR),
        (r.Conflicting(state="fixed", message="m"), 409, "service_name_conflict", ERROR),
        (r.Conflicting(state="removed", message="m"), 409, "conflict", ERROR),
        (r.KeyReused(), 409, "conflict", ERROR),
        (r.Contended(), 409, "conflict", ERROR),
    ],
)  # fmt: skip
def test_what_the_domain_rejects(rejection: Any, status: int, code: str, schema: str) -> None:
    rendered = rejected(rejection, "req_1")
    body = json.loads(rendered.body)
    conforms(body, schema)
    assert (rendered.status, body["status"], body["code"]) == (status, status, code)


def test_the_three_objects_are_closed() -> None:
    whole = {"status": 404, "code": "not_found", "message": "m"}
    conforms(whole, ERROR)
    for broken in ({**whole, "request_id": "x"}, {**whole, "code": "gone"}, {"status": 404}):
        with pytest.raises(jsonschema_rs.ValidationError):
            conforms(broken, ERROR)


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("/v1/projects", {"name": "ab", "description": "x" * 201}, ["name", "description"]),
        ("/v1/projects", {"name": "Shop"}, ["description"]),
        ("/v1/projects", {"name": "Shop", "description": None}, ["description"]),
        ("/v1/projects", {"name": "Shop", "description": "", "id": "x"}, ["id"]),
        (f"{AT}/duplicate", {"name": "ab"}, ["name"]),
        ("/v1/pinned", {}, ["projectId"]),
        (f"{AT}/services", {}, ["name"]),
        (f"{AT}/services", {"name": None}, ["name"]),
        (f"{AT}/services", {"name": ""}, ["name"]),
        (f"{AT}/services", {"name": "x" * 61}, ["name"]),
        (f"{AT}/services", {"name": "x", "description": "x" * 201}, ["description"]),
        (f"{AT}/services", {"name": "x", "category": ""}, ["category"]),
        (f"{AT}/services", {"name": "x", "owner": "x" * 61}, ["owner"]),
        (f"{AT}/services", {"name": "x", "flows": ["ok", ""]}, ["flows[1]"]),
        (f"{AT}/services", {"name": "x", "consumes": None}, ["consumes"]),
        (f"{AT}/services", {"name": "x", "produces": [{}]}, ["produces[0].name"]),
        (f"{AT}/services", {"name": "x", "produces": [{"name": "x" * 256}]}, ["produces[0].name"]),
        (f"{AT}/services", {"name": "x", "extras": {"k": "x" * 501}}, ["extras.k"]),
        (f"{AT}/services", {"name": "x", "extras": {"k": 1}}, ["extras.k"]),
        (f"{AT}/services", {"name": "x", "extras": {str(n): "" for n in range(21)}}, ["extras"]),
        (f"{AT}/services", {"name": "x", "nick": "y"}, ["nick"]),
    ],
)  # fmt: skip
async def test_each_wrong_field_is_a_violation(
    gateway: Gateway, path: str, body: Any, fields: list[str]
) -> None:
    response = await ask(gateway, "POST", path, json=body)
    assert response.status_code == 400, response.text
    shown = response.json()
    assert shown["code"] == "validation_failed"
    assert [violation["field"] for violation in shown["violations"]] == fields
    assert gateway.dispatch.sent == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'"x"', b'{"name": "a\\u0000"}'])
async def test_an_unreadable_body_is_a_violation_of_the_body(
    gateway: Gateway, content: bytes
) -> None:
    response = await ask(gateway, "POST", f"{AT}/services", content=content)
    assert response.status_code == 400
    assert [v["field"] for v in response.json()["violations"]] == ["body"]


async def test_a_violation_never_repeats_what_was_sent(gateway: Gateway) -> None:
    body = {"name": ["canary"], "extras": {"canary-key": "canary" * 100}}
    response = await ask(gateway, "POST", f"{AT}/services", json=body)
    assert "canarycanary" not in response.text


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PUT", "", {"name": "New"}),
        ("DELETE", "", None),
        ("POST", "/duplicate", None),
        ("POST", "/services", {"name": "x"}),
        ("POST", "/public-share-token", None),
        ("DELETE", "/public-share-token", None),
    ],
)
@pytest.mark.parametrize("project", ["other-a1b2c", "x", "-bad-", "x" * 80])
async def test_an_unknown_and_a_malformed_project_are_alike(
    gateway: Gateway, project: str, method: str, path: str, body: Any
) -> None:
    response = await ask(gateway, method, f"/v1/projects/{project}{path}", json=body)
    assert response.status_code == 404
    assert response.json() == {
        "status": 404,
        "code": "project_not_found",
        "message": "There is no such project.",
    }
    assert gateway.dispatch.sent == []


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("PUT", "", "project.write"),
        ("DELETE", "", "project.remove"),
        ("POST", "/services", "service.write"),
        ("PUT", "/services/pay", "service.write"),
        ("DELETE", "/services/pay", "service.remove"),
        ("POST", "/public-share-token", "project.write"),
        ("DELETE", "/public-share-token", "project.write"),
    ],
)
async def test_who_only_reads_is_forbidden_to_write(
    gateway: Gateway, method: str, path: str, action: str
) -> None:
    reader = replace(CARD, may=tuple(a for a in CARD.may if a != action), is_owner=False)
    gateway.dispatch.answers[GetProjectCard] = reader
    response = await ask(gateway, method, AT + path, json={"name": "New"})
    assert (response.status_code, response.json()["code"]) == (403, "forbidden")
    assert gateway.dispatch.sent == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/projects/shop-a1b2c/nothing", 404),
        ("GET", "/v1/billing", 404),
        ("PATCH", "/v1/projects/shop-a1b2c", 405),
        ("DELETE", "/v1/limits", 405),
        ("GET", "/v1/projects/shop-a1b2c/", 404),
    ],
)
async def test_a_path_or_method_that_is_not_there(
    gateway: Gateway, method: str, path: str, status: int
) -> None:
    response = await gateway.ask(method, path)
    assert response.status_code == status
    conforms(response.json(), ERROR)


async def test_too_many_requests_say_when_to_come_again(gateway: Gateway) -> None:
    limits = gateway.parts.limits
    slow = Rate(per_minute=1, burst_per_second=1)
    caller = next(iter(gateway.dispatch.callers.values()))
    limits.take("ai_chat", caller.key_id, slow)
    body = {"messages": [{"role": "user", "content": "?"}]}
    object.__setattr__(gateway.parts.settings, "ai_endpoint", "http://127.0.0.1:9")
    statuses = set()
    for _ in range(8):
        response = await ask(gateway, "POST", f"{AT}/ai/chat", json=body)
        statuses.add(response.status_code)
        if response.status_code == 429:
            break
    assert response.status_code == 429, statuses
    assert response.headers["retry-after"] == str(response.json()["retryAfter"])


async def test_a_reason_that_is_too_long_is_a_violation_of_its_header(gateway: Gateway) -> None:
    headers = {"X-Reason": "x" * 501}
    response = await ask(gateway, "DELETE", f"{AT}/services/pay", headers=headers)
    assert response.status_code == 400

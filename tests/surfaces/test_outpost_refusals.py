"""How Outpost says no: order, words and codes, before anything reaches the domain."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain import rejections as r
from shared.queries.identity import GetProject
from shared.queries.services import GetService, ListServices, ServicePage
from tests.surfaces.stubs import CALLER, PROJECT, SERVICE, Gateway

SEED = "/auth/v1/seed/acme/services"
GOOD = {"name": "a", "gpu": "none", "repo": "acme/app"}


def error_of(response: Any) -> tuple[int, str]:
    error = response.json()["error"]
    assert set(response.json()) == {"error"}
    assert set(error) == {"code", "message", "request_id"}
    assert error["request_id"] == response.headers["x-request-id"]
    return response.status_code, error["code"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/acme/services?page=x"),
        ("GET", "/acme/service/a"),
        ("GET", "/acme/service/a/logs?tail=x"),
        ("GET", "/acme/service/a/analytics"),
        ("POST", SEED),
        ("PUT", f"{SEED}/a"),
        ("POST", f"{SEED}/a/redeploy"),
        ("DELETE", f"{SEED}/a?force=x"),
    ],
)
async def test_without_a_credential_every_operation_answers_401_first(
    gateway: Gateway, method: str, path: str
) -> None:
    response = await gateway.ask(method, path, content=b"{", headers={"Authorization": ""})
    assert error_of(response) == (401, "unauthorized")
    assert response.headers["www-authenticate"] == "Bearer"
    assert gateway.dispatch.asked == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nobody/services?per_page=101"),
        ("GET", "/nobody/service/a/logs?tail=x"),
        ("POST", "/auth/v1/seed/nobody/services"),
        ("PUT", "/auth/v1/seed/nobody/services/a"),
        ("POST", "/auth/v1/seed/nobody/services/a/redeploy"),
        ("DELETE", "/auth/v1/seed/nobody/services/a?force=x"),
    ],
)
async def test_an_unknown_namespace_is_404_before_a_bad_body_is_400(
    gateway: Gateway, method: str, path: str
) -> None:
    response = await gateway.ask(method, path, content=b"{")
    assert error_of(response) == (404, "not_found")
    assert gateway.dispatch.sent == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/acme/services?per_page=101"),
        ("POST", SEED),
        ("PUT", f"{SEED}/a"),
        ("DELETE", f"{SEED}/a"),
    ],
)
async def test_a_foreign_namespace_is_403_before_a_bad_body_is_400(
    gateway: Gateway, method: str, path: str
) -> None:
    gateway.dispatch.answers[GetProject] = r.Forbidden(action="project.read", resource="x")
    response = await gateway.ask(method, path, content=b"{")
    assert error_of(response) == (403, "forbidden")
    assert gateway.dispatch.sent == []


async def test_who_may_only_read_is_told_so_before_his_body_is_read(gateway: Gateway) -> None:
    gateway.dispatch.answers[GetProject] = replace(PROJECT, may=("project.read",))
    for method, path in (("POST", SEED), ("PUT", f"{SEED}/a"), ("DELETE", f"{SEED}/a")):
        assert error_of(await gateway.ask(method, path, content=b"{")) == (403, "forbidden")
    assert gateway.dispatch.sent == []


async def test_who_has_a_right_on_one_service_alone_may_write_that_one(gateway: Gateway) -> None:
    gateway.dispatch.answers[GetProject] = r.Forbidden(action="project.read", resource="x")
    gateway.dispatch.answers[GetService] = replace(SERVICE, may=("service.write",))
    assert (await gateway.ask("PUT", f"{SEED}/a", json={"max_replicas": 3})).status_code == 200
    assert error_of(await gateway.ask("PUT", f"{SEED}/a", content=b"{"))[0] == 400
    assert error_of(await gateway.ask("DELETE", f"{SEED}/a")) == (403, "forbidden")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": 3}, "name"),
        ({"name": None}, "name"),
        ({"gpu": None}, "gpu"),
        ({"repo": None}, "repo"),
        ({"gpu_count": True}, "gpu_count"),
        ({"gpu_count": "2"}, "gpu_count"),
        ({"cpu": 2.0}, "cpu"),
        ({"memory_gb": [1]}, "memory_gb"),
        ({"min_replicas": "0"}, "min_replicas"),
        ({"max_replicas": None}, "max_replicas"),
        ({"port": 1e30}, "port"),
        ({"env": []}, "env"),
        ({"env": {"A": 1}}, "env.A"),
        ({"env": None}, "env"),
        ({"health_check_path": 1}, "health_check_path"),
        ({"custom_domain": 1}, "custom_domain"),
        ({"replicas_min": 1}, "replicas_min"),
        ({"unknown": 1}, "unknown"),
        ({"command": ""}, "command"),
    ],
)
async def test_a_creation_with_one_wrong_field_names_it(
    gateway: Gateway, change: dict[str, Any], field: str
) -> None:
    response = await gateway.ask("POST", SEED, json={**GOOD, **change})
    assert error_of(response) == (400, "invalid_request")
    assert response.json()["error"]["message"].startswith(f"{field} ")
    assert gateway.dispatch.sent == []


@pytest.mark.parametrize("missing", ["name", "gpu"])
async def test_a_creation_without_a_required_field_names_it(gateway: Gateway, missing: str) -> None:
    body = {key: value for key, value in GOOD.items() if key != missing}
    response = await gateway.ask("POST", SEED, json=body)
    assert error_of(response) == (400, "invalid_request")
    assert response.json()["error"]["message"] == f"{missing} is required."


@pytest.mark.parametrize(
    "body",
    [{"name": "b"}, {"gpu": "L4"}, {"env": None}, {"branch": None}, {"min_replicas": True}, []],
)
async def test_an_update_of_what_cannot_be_updated_is_400(gateway: Gateway, body: Any) -> None:
    response = await gateway.ask("PUT", f"{SEED}/a", json=body)
    assert error_of(response) == (400, "invalid_request")
    assert gateway.dispatch.sent == []


async def test_a_wrong_secret_is_not_echoed(gateway: Gateway) -> None:
    response = await gateway.ask("POST", SEED, json={**GOOD, "env": {"A": ["canary-1"]}})
    assert response.status_code == 400
    assert "canary-1" not in response.text


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=broken", "status"),
        ("status=", "status"),
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=1.5", "page"),
        ("page=", "page"),
        ("per_page=0", "per_page"),
        ("per_page=101", "per_page"),
        ("per_page=ten", "per_page"),
        ("page=1&page=2", "page"),
        ("as_of=yesterday", "as_of"),
        ("as_of=2026-03-18", "as_of"),
        ("as_of=-1", "as_of"),
    ],
)
async def test_a_list_with_a_wrong_parameter_names_it(
    gateway: Gateway, query: str, field: str
) -> None:
    gateway.dispatch.answers[ListServices] = ServicePage(items=(), total=0)
    response = await gateway.ask("GET", f"/acme/services?{query}")
    assert error_of(response) == (400, "invalid_request")
    assert response.json()["error"]["message"].startswith(field)


@pytest.mark.parametrize(
    "query", ["tail=0", "tail=10001", "lines=x", "limit=-1", "tail=1&lines=2", "since=soon"]
)
async def test_logs_with_a_wrong_parameter_are_400(gateway: Gateway, query: str) -> None:
    response = await gateway.ask("GET", f"/acme/service/a/logs?{query}")
    assert error_of(response) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("rejection", "expected", "words"),
    [
        (r.Unauthenticated(), (401, "unauthorized"), "credential"),
        (r.Forbidden(action="service.write", resource="x"), (403, "forbidden"), "service.write"),
        (r.NotFound(kind="service", key="secret-id"), (404, "not_found"), "service"),
        (
            r.Invalid(field="replicas_min", message="is bad"),
            (400, "invalid_request"),
            "min_replicas is bad",
        ),
        (
            r.Incompatible(fields=("replicas_min", "replicas_max"), message="no"),
            (422, "invalid_configuration"),
            "min_replicas, max_replicas: no",
        ),
        (r.Taken(space="slug", key="a", holder_kind="service"), (409, "conflict"), "name is taken"),
        (r.Taken(space="domain", key="a"), (409, "conflict"), "custom_domain"),
        (r.Conflicting(state="deploying", message="It deploys."), (409, "conflict"), "It deploys."),
        (r.KeyReused(), (409, "conflict"), "Idempotency-Key"),
        (r.Contended(), (409, "conflict"), "try again"),
    ],
)
async def test_every_rejection_has_its_published_status(
    gateway: Gateway, rejection: r.Rejection, expected: tuple[int, str], words: str
) -> None:
    gateway.dispatch.rejection = rejection
    response = await gateway.ask("POST", SEED, json=GOOD)
    assert error_of(response) == expected
    assert words in response.json()["error"]["message"]
    assert "secret-id" not in response.text


async def test_a_foreign_service_is_answered_as_an_absent_one(gateway: Gateway) -> None:
    def answer(question: GetService) -> r.NotFound:
        return r.NotFound(kind="service", key=question.name)

    gateway.dispatch.answers[GetService] = answer
    headers = {"X-Request-ID": "same-id-for-both"}
    first = await gateway.ask("GET", "/acme/service/theirs", headers=headers)
    second = await gateway.ask("GET", "/acme/service/nobodys", headers=headers)
    assert error_of(first) == (404, "not_found")
    assert first.content == second.content


async def test_code_of_others_needs_a_machine_that_can_isolate_it(gateway: Gateway) -> None:
    gateway.stack.isolated = False
    gateway.sign_in(replace(CALLER, is_installation_admin=False))
    for method, path, body in (
        ("POST", SEED, GOOD),
        ("PUT", f"{SEED}/a", {"branch": "x"}),
        ("PUT", f"{SEED}/a", {"env": {}}),
        ("POST", f"{SEED}/a/redeploy", None),
    ):
        response = await gateway.ask(method, path, json=body)
        assert error_of(response) == (403, "forbidden")
        assert response.json()["error"]["message"] == (
            "This machine cannot isolate tenant code; only its admin may deploy."
        )
    assert gateway.dispatch.sent == []
    response = await gateway.ask("PUT", f"{SEED}/a", json={"min_replicas": 2})
    assert response.status_code == 200


async def test_the_admin_deploys_on_his_own_machine_as_it_is(gateway: Gateway) -> None:
    gateway.stack.isolated = False
    assert (await gateway.ask("POST", SEED, json=GOOD)).status_code == 201

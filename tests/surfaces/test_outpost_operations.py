"""The eight operations of Outpost's page, each down to the command or question it becomes."""

from dataclasses import replace
from typing import Any

import pytest

from services.gateway.dispatch import Sender
from services.gateway.moments import Moment
from shared.domain.rejections import Forbidden, NotFound
from shared.domain.service.commands import RegisterService, RemoveService, RequestRollout
from shared.kernel.actor import Actor
from shared.kernel.time import parse_rfc3339
from shared.queries.services import (
    EnvDocument,
    GetService,
    GetServiceById,
    ListServices,
    RevealEnv,
    ServicePage,
)
from shared.queries.telemetry import (
    AnalyticsDocument,
    GetServiceAnalytics,
    GetServiceLogs,
    LogLines,
)
from tests.surfaces.stubs import (
    CALLER,
    KEY_ID,
    MOMENT,
    PROJECT_ID,
    SERVICE,
    SERVICE_ID,
    Gateway,
    with_env,
)

SEED = "/auth/v1/seed/acme/services"
GOOD = {"name": "a", "gpu": "none", "repo": "acme/app"}
ANALYTICS = AnalyticsDocument(
    service_id="s",
    start=MOMENT,
    end=MOMENT,
    requests=0,
    requests_per_second=0,
    by_class=(),
    latency_p50_ms=None,
    latency_p95_ms=None,
    latency_p99_ms=None,
    concurrency_average=0,
    bytes_out=0,
    replicas_current=0,
    replicas_ready=0,
    replicas_min=0,
    replicas_max=1,
    replica_seconds=0,
    cpu_utilization=None,
    memory_utilization=None,
    cost_total="0.00",
)


async def test_a_creation_is_sent_as_the_caller_and_answered_from_the_view(
    gateway: Gateway,
) -> None:
    headers = {"X-Request-ID": "my-request-1", "X-Reason": "more%20traffic"}
    response = await gateway.ask("POST", SEED, json=GOOD, headers=headers)
    assert response.status_code == 201
    assert response.json()["id"] == "svc_cccccccccccc"
    assert response.headers["log-position"] == "42"
    sent = gateway.dispatch.sent[0]
    assert isinstance(sent.command, RegisterService)
    assert sent.command.project_id == PROJECT_ID
    assert sent.sender == Sender(
        actor=Actor(kind="user", id=CALLER.principal_id, credential_id=KEY_ID),
        surface="outpost",
        correlation_id="my-request-1",
        reason="more traffic",
    )
    asked = gateway.dispatch.asked[-1]
    assert asked.question == GetServiceById(service_id=sent.command.service_id)
    assert asked.after == 42


async def test_an_update_lands_on_the_service_of_that_name(gateway: Gateway) -> None:
    response = await gateway.ask("PUT", f"{SEED}/a", json={"custom_domain": None})
    assert response.status_code == 200
    command = gateway.dispatch.sent[0].command
    assert (command.service_id, command.custom_domain) == (SERVICE_ID, None)


@pytest.mark.parametrize("body", [b"", b"{}"])
async def test_a_redeployment_needs_no_body(gateway: Gateway, body: bytes) -> None:
    response = await gateway.ask("POST", f"{SEED}/a/redeploy", content=body)
    assert response.status_code == 200
    command = gateway.dispatch.sent[0].command
    assert isinstance(command, RequestRollout)
    assert (command.service_id, command.trigger, command.commit) == (SERVICE_ID, "redeploy", None)


@pytest.mark.parametrize(
    ("query", "force"), [("", False), ("?force=true", True), ("?force=0", False)]
)
async def test_a_deletion_answers_204_without_a_body(
    gateway: Gateway, query: str, force: bool
) -> None:
    gateway.dispatch.answers[GetServiceById] = NotFound(kind="service", key="x")
    response = await gateway.ask("DELETE", f"{SEED}/a{query}")
    assert (response.status_code, response.content) == (204, b"")
    assert gateway.dispatch.sent[0].command == RemoveService(
        service_id=SERVICE_ID, project_id=PROJECT_ID, force=force
    )
    assert gateway.dispatch.asked[-1].after == 42


@pytest.mark.parametrize("prefix", ["", "/auth/v1", "/auth/v1/seed"])
@pytest.mark.parametrize(
    ("path", "question"),
    [
        (
            "/acme/services?status=running&page=2&per_page=100",
            ListServices(project="acme", status="running", page=2, per_page=100),
        ),
        ("/acme/services", ListServices(project="acme")),
        ("/acme/service/My_App", GetService(project="acme", name="My_App")),
        (
            "/acme/service/a/logs?tail=10000&since=2026-03-18T12:00:00Z",
            GetServiceLogs(
                project="acme",
                name="a",
                tail=10000,
                since=parse_rfc3339("2026-03-18T12:00:00Z"),
            ),
        ),
        ("/acme/service/a/logs?lines=5", GetServiceLogs(project="acme", name="a", tail=5)),
        ("/acme/service/a/logs?limit=1", GetServiceLogs(project="acme", name="a", tail=1)),
        ("/acme/service/a/logs", GetServiceLogs(project="acme", name="a", tail=100)),
        ("/acme/service/a/analytics", GetServiceAnalytics(project="acme", name="a")),
    ],
)
async def test_reads_answer_at_the_root_and_under_the_published_base(
    gateway: Gateway, prefix: str, path: str, question: Any
) -> None:
    gateway.dispatch.answers |= {
        ListServices: ServicePage(items=(SERVICE,), total=1),
        GetServiceLogs: LogLines(items=()),
        GetServiceAnalytics: ANALYTICS,
    }
    response = await gateway.ask("GET", prefix + path)
    assert response.status_code == 200
    assert [asked.question for asked in gateway.dispatch.asked] == [question]
    assert response.headers["log-position"] == "40"


async def test_values_of_variables_are_for_who_may_write_them(gateway: Gateway) -> None:
    gateway.dispatch.answers[GetService] = with_env("A")
    gateway.dispatch.answers[RevealEnv] = EnvDocument(variables=(("A", "value"),))
    response = await gateway.ask("GET", "/acme/service/a")
    assert response.json()["env"] == {"A": "value"}
    gateway.dispatch.answers[RevealEnv] = Forbidden(action="service.env", resource="x")
    response = await gateway.ask("GET", "/acme/service/a")
    assert response.json()["env"] == {"A": "***"}


@pytest.mark.parametrize(
    ("query", "headers", "moment"),
    [
        ("?as_of=2026-03-18T12:00:00Z", {}, Moment(time=parse_rfc3339("2026-03-18T12:00:00Z"))),
        ("?as_of=17", {}, Moment(position=17)),
        ("", {"Chronoplane-As-Of": "17"}, Moment(position=17)),
        ("?as_of=17", {"Chronoplane-As-Of": "17"}, Moment(position=17)),
        # A plus that nobody encoded is a space to the query string; people mean the offset.
        (
            "?as_of=2026-03-18T13:00:00+01:00",
            {},
            Moment(time=parse_rfc3339("2026-03-18T12:00:00Z")),
        ),
        ("", {}, Moment()),
    ],
)
async def test_a_read_asks_for_the_moment_that_was_asked_of_it(
    gateway: Gateway, query: str, headers: dict[str, str], moment: Moment
) -> None:
    response = await gateway.ask("GET", f"/acme/service/a{query}", headers=headers)
    assert response.status_code == 200
    assert gateway.dispatch.asked[0].moment == moment


async def test_two_moments_that_differ_are_refused(gateway: Gateway) -> None:
    response = await gateway.ask(
        "GET", "/acme/service/a?as_of=17", headers={"Chronoplane-As-Of": "18"}
    )
    assert response.status_code == 400


async def test_a_write_into_the_past_is_refused(gateway: Gateway) -> None:
    response = await gateway.ask("POST", f"{SEED}?as_of=17", json=GOOD)
    assert response.status_code == 400
    assert gateway.dispatch.sent == []


@pytest.mark.parametrize(("given", "after"), [("17", 17), (None, 0)])
async def test_a_read_waits_for_the_position_it_names(
    gateway: Gateway, given: str | None, after: int
) -> None:
    headers = {} if given is None else {"If-Position": given}
    await gateway.ask("GET", "/acme/service/a", headers=headers)
    assert gateway.dispatch.asked[0].after == after


async def test_a_position_that_is_none_is_refused(gateway: Gateway) -> None:
    response = await gateway.ask("GET", "/acme/service/a", headers={"If-Position": "soon"})
    assert response.status_code == 400


async def test_the_same_key_and_body_make_the_same_command_id(gateway: Gateway) -> None:
    headers = {"Idempotency-Key": "k1"}
    await gateway.ask("POST", SEED, json=GOOD, headers=headers)
    reordered = dict(reversed(GOOD.items()))
    await gateway.ask("POST", SEED, json=reordered, headers=headers)
    await gateway.ask("POST", SEED, json={**GOOD, "cpu": 2}, headers=headers)
    gateway.sign_in(replace(CALLER, principal_id="11" * 12))
    gateway.parts.authenticator.forget()
    await gateway.ask("POST", SEED, json=GOOD, headers=headers)
    first, again, other_body, other_caller = gateway.dispatch.sent
    assert first.command_id == again.command_id
    assert first.fingerprint == again.fingerprint
    assert other_body.command_id == first.command_id
    assert other_body.fingerprint != first.fingerprint
    assert other_caller.command_id != first.command_id


async def test_a_repeated_creation_shows_what_the_first_one_made(gateway: Gateway) -> None:
    gateway.dispatch.replayed = "99" * 12
    response = await gateway.ask("POST", SEED, json=GOOD, headers={"Idempotency-Key": "k1"})
    assert response.status_code == 201
    assert response.headers["idempotency-replayed"] == "true"
    assert gateway.dispatch.asked[-1].question == GetServiceById(service_id="99" * 12)


async def test_a_repeated_deletion_reaches_the_first_answer_though_the_name_is_gone(
    gateway: Gateway,
) -> None:
    gateway.dispatch.answers[GetService] = NotFound(kind="service", key="a")
    gateway.dispatch.answers[GetServiceById] = NotFound(kind="service", key="a")
    assert (await gateway.ask("DELETE", f"{SEED}/a")).status_code == 404
    assert gateway.dispatch.sent == []
    gateway.dispatch.replayed = SERVICE_ID
    response = await gateway.ask("DELETE", f"{SEED}/a", headers={"Idempotency-Key": "k1"})
    assert response.status_code == 204


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_that_is_empty_or_too_long_is_refused(gateway: Gateway, key: str) -> None:
    response = await gateway.ask("POST", SEED, json=GOOD, headers={"Idempotency-Key": key})
    assert response.status_code == 400
    assert gateway.dispatch.sent == []

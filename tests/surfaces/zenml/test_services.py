"""The five operations: what is asked and commanded for a request, and how the answer is spelled."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.rejections import Contended, Forbidden, Invalid, NotFound, Taken
from shared.domain.service.commands import RegisterService, RemoveService, ReviseRegistration
from shared.domain.service.facets.registration import Registration
from shared.kernel.ids import to_uuid
from shared.kernel.unset import UNSET
from shared.queries.registrations import (
    Condition,
    GetRegistration,
    GetServiceHome,
    ListRegistrations,
    ReferenceDocument,
    RegistrationPage,
    Selection,
    ServiceHome,
)
from tests.surfaces.stubs import MOMENT, PROJECT_ID, SERVICE_ID, Gateway
from tests.surfaces.zenml.office import (
    CREATE,
    FACET,
    KEY,
    ONE,
    PROJECT,
    REGISTRATION,
    SEEN,
    SERVICES,
    UUID,
    WORKLOAD,
    furnished,
)

USER = str(to_uuid(REGISTRATION.owner.id)) if REGISTRATION.owner else ""
TIME = "2026-03-18T12:00:00.000005"
# As the real server prints it: these keys, in this order, nulls included.
PRINTED = (
    f'{{"body":{{"created":"{TIME}","updated":"{TIME}","user_id":"{USER}","project_id":"{PROJECT}",'
    '"service_type":{"type":"model-serving","flavor":"mlflow","name":"","description":"",'
    '"logo_url":""},"labels":{"team":"ml"},"state":"error"},'
    '"metadata":{"service_source":null,"admin_state":"active","config":{"b":1,"a":[null,1.5]},'
    '"status":{"state":"error","last_error":"out of memory"},"endpoint":null,'
    '"prediction_url":null,"health_check_url":""},'
    f'"resources":{{"user":{{"body":{{"created":"{TIME}","updated":"{TIME}","active":true,'
    '"activation_token":null,"full_name":"Ann","email_opted_in":null,"is_service_account":false,'
    '"is_admin":true,"default_project_id":null,"avatar_url":null},"metadata":null,'
    f'"resources":null,"id":"{USER}","permission_denied":false,"name":"ann"}},'
    '"pipeline_run":null,"model_version":null},'
    f'"id":"{UUID}","permission_denied":false,"name":"scorer"}}'
)


async def test_a_service_is_printed_whole_and_in_order(gateway: Gateway) -> None:
    answer = await furnished(gateway).ask("GET", ONE)
    assert answer.status_code == 200
    assert answer.text == PRINTED
    assert gateway.dispatch.asked[-1].question == GetRegistration(service_id=SERVICE_ID)


@pytest.mark.parametrize("value", ["false", "False", "0", "no"])
async def test_without_hydration_only_the_metadata_is_missing(gateway: Gateway, value: str) -> None:
    answer = await furnished(gateway).ask("GET", f"{ONE}?hydrate={value}")
    assert answer.json() == {**json.loads(PRINTED), "metadata": None}


async def test_a_page_is_unhydrated_unless_asked(gateway: Gateway) -> None:
    furnished(gateway)
    page = (await gateway.ask("GET", SERVICES)).json()
    assert list(page) == ["index", "max_size", "total_pages", "total", "items"]
    assert page["items"] == [{**json.loads(PRINTED), "metadata": None}]
    hydrated = (await gateway.ask("GET", f"{SERVICES}?hydrate=True&size=7")).json()
    assert hydrated["items"] == [json.loads(PRINTED)]
    assert hydrated["max_size"] == 7


async def test_an_empty_result_has_one_page_and_there_is_none_behind_the_last(
    gateway: Gateway,
) -> None:
    furnished(gateway).dispatch.answers[ListRegistrations] = RegistrationPage(items=(), total=0)
    page = (await gateway.ask("GET", SERVICES)).json()
    assert page == {"index": 1, "max_size": 20, "total_pages": 1, "total": 0, "items": []}
    for number in ("2", "99999999999999999999"):
        answer = await gateway.ask("GET", f"{SERVICES}?page={number}")
        assert answer.status_code == 400
        assert answer.json()["detail"][1].startswith(f"Invalid page {number}. The requested")


async def test_filters_become_conditions(gateway: Gateway) -> None:
    parameters = [
        ("name", "a:b"),
        ("name", "startswith:x"),
        ("flavor", 'oneof:["f", 1, true, null]'),
        ("pipeline_name", "isnull:"),
        ("id", "contains:AB-cd"),
        ("created", "in:2026-01-01 00:00:00,2026-02-01 00:00:00"),
        ("user", "equals:ann"),
        ("user", ""),
        ("type", "gt:1e3"),
        ("state", "ignored"),
        ("config", "ignored"),
        ("running", "true"),
        ("scope_user", USER),
        ("project", PROJECT),
        ("logical_operator", "or"),
        ("sort_by", "desc:name"),
        ("page", "9"),
        ("page", "3"),
        ("size", "10"),
    ]
    furnished(gateway).dispatch.answers[ListRegistrations] = RegistrationPage(items=(), total=30)
    answer = await gateway.ask("GET", SERVICES, params=parameters)
    assert answer.status_code == 200, answer.text
    january, february = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2))
    assert gateway.dispatch.asked[0].question == ListRegistrations(
        project=PROJECT_ID,
        owner_id=REGISTRATION.owner.id if REGISTRATION.owner else None,
        selection=Selection(
            conditions=(
                Condition(column="name", operator="equals", texts=("a:b",)),
                Condition(column="name", operator="startswith", texts=("x",)),
                Condition(column="flavor", operator="oneof", texts=("f", "1", "1", None)),
                Condition(column="pipeline_name", operator="isnull"),
                Condition(column="id", operator="contains", texts=("AB-cd",)),
                Condition(column="created", operator="in", moments=(january, february)),
                Condition(column="type", operator="gt", texts=("1e3",)),
                Condition(column="user", operator="equals", texts=("ann",)),
            ),
            any_of=True,
            sort_by="name",
            descending=True,
            offset=20,
            limit=10,
        ),
    )


async def test_a_page_too_large_for_a_message_is_put_together_at_one_position(
    gateway: Gateway,
) -> None:
    items = [replace(REGISTRATION, name=f"s{number}") for number in range(5)]

    def two_at_most(question: ListRegistrations) -> RegistrationPage:
        chosen = question.selection
        end = min(chosen.offset + chosen.limit, chosen.offset + 2)
        return RegistrationPage(items=tuple(items[chosen.offset : end]), total=5)

    furnished(gateway).dispatch.answers[ListRegistrations] = two_at_most
    page = (await gateway.ask("GET", f"{SERVICES}?size=100")).json()
    assert [item["name"] for item in page["items"]] == ["s0", "s1", "s2", "s3", "s4"]
    asked = [each.question.selection for each in gateway.dispatch.asked]
    assert [(each.offset, each.limit) for each in asked] == [(0, 100), (2, 98), (4, 96)]


async def test_a_creation_registers_in_our_words(gateway: Gateway) -> None:
    body = {
        **CREATE,
        "user": PROJECT,
        "labels": {},
        "status": {},
        "endpoint": {"e": 1},
        "prediction_url": "",
        "admin_state": "scaled_to_zero",
        "model_version_id": PROJECT,
        "pipeline_run_id": "{4f0ec9fe-0b5c-4b4b-a2c7-f3a1c3f6c6b5}"[1:-1].upper(),
        "unknown": True,
    }
    answer = await furnished(gateway).ask("POST", SERVICES, json=body)
    assert answer.status_code == 200
    assert answer.text == PRINTED
    [sent] = gateway.dispatch.sent
    assert isinstance(sent.command, RegisterService)
    assert (sent.command.name, sent.command.naming, sent.command.labels) == ("scorer", "tailed", ())
    assert sent.command.project_id == PROJECT_ID
    assert sent.command.registration == Registration(
        service_type={
            "type": "model-serving",
            "flavor": "mlflow",
            "name": "",
            "description": "",
            "logo_url": "",
        },
        admin_state="scaled_to_zero",
        config={"b": 1, "a": 2},
        endpoint={"e": 1},
        prediction_url="",
        model_version_id=PROJECT_ID,
        pipeline_run_id="4f0ec9fe-0b5c-4b4b-a2c7-f3a1c3f6c6b5",
    )
    assert list(sent.command.registration.config) == ["b", "a"]
    assert gateway.dispatch.asked[-1].after == 42


async def test_the_deprecated_path_names_the_project_over_the_bodys(gateway: Gateway) -> None:
    body = {**CREATE, "project": UUID}
    furnished(gateway)
    for name in ("acme", PROJECT):
        answer = await gateway.ask("POST", f"/api/v1/workspaces/{name}/services", json=body)
        assert answer.status_code == 200
        assert gateway.dispatch.sent[-1].command.project_id == PROJECT_ID
    answer = await gateway.ask("POST", SERVICES, json=body)
    assert answer.status_code == 404
    assert answer.json()["detail"][0] == "KeyError"


async def test_an_update_gives_what_is_not_null_and_clears_by_an_empty_object(
    gateway: Gateway,
) -> None:
    furnished(gateway)
    body = {"labels": {}, "status": {}, "endpoint": None, "prediction_url": "", "config": {"x": 1}}
    assert (await gateway.ask("PUT", ONE, json=body)).text == PRINTED
    cleared = ReviseRegistration(
        service_id=SERVICE_ID, project_id=PROJECT_ID, labels=(), status=None, prediction_url=""
    )
    assert gateway.dispatch.sent[-1].command == cleared
    assert cleared.endpoint is UNSET
    await gateway.ask("PUT", ONE, json={})
    nothing = ReviseRegistration(service_id=SERVICE_ID, project_id=PROJECT_ID)
    assert gateway.dispatch.sent[-1].command == nothing


async def test_a_deletion_answers_null(gateway: Gateway) -> None:
    def gone_afterwards(question: GetRegistration) -> Any:
        return NotFound(kind="service", key=SERVICE_ID) if gateway.dispatch.sent else REGISTRATION

    furnished(gateway).dispatch.answers[GetRegistration] = gone_afterwards
    answer = await gateway.ask("DELETE", ONE)
    assert (answer.status_code, answer.text) == (200, "null")
    assert answer.headers["content-type"] == "application/json"
    removed = RemoveService(service_id=SERVICE_ID, project_id=PROJECT_ID)
    assert gateway.dispatch.sent[-1].command == removed


async def test_a_repeated_deletion_finds_where_the_service_was(gateway: Gateway) -> None:
    furnished(gateway).dispatch.answers |= {
        GetRegistration: NotFound(kind="service", key=SERVICE_ID),
        GetServiceHome: ServiceHome(service_id=SERVICE_ID, project_id=PROJECT_ID),
    }
    assert (await gateway.ask("DELETE", ONE)).status_code == 404
    answer = await gateway.ask("DELETE", ONE, headers={"Idempotency-Key": KEY})
    assert (answer.status_code, answer.text) == (200, "null")


async def test_a_key_means_one_method_on_one_path_and_for_updates_one_body(
    gateway: Gateway,
) -> None:
    furnished(gateway)
    headers = {"Idempotency-Key": KEY}
    for body in (CREATE, {**CREATE, "name": "another"}):
        await gateway.ask("POST", SERVICES, json=body, headers=headers)
    for update in ({"name": "a"}, {"name": "a"}, {"name": "b"}):
        await gateway.ask("PUT", ONE, json=update, headers=headers)
    ids = [sent.command_id for sent in gateway.dispatch.sent]
    fingerprints = [sent.fingerprint for sent in gateway.dispatch.sent]
    assert ids[0] == ids[1] and fingerprints[0] == fingerprints[1]
    assert ids[2] == ids[3] and len({ids[0], ids[2], ids[4]}) == 3
    answer = await gateway.ask("POST", SERVICES, json=CREATE, headers={"Idempotency-Key": "x"})
    assert answer.status_code == 422
    assert answer.json()["detail"][0] == "ValueError"


REFUSED: list[tuple[Any, int, str, str]] = [
    (
        Taken(space="config", key="k", holder_kind="service"),
        409,
        "EntityExistsError",
        "Unable to create service 'scorer' with the given configuration: A service with the same "
        "configuration already exists.",
    ),
    (
        NotFound(kind="model_version", key=SERVICE_ID),
        404,
        "KeyError",
        f'"The model version with ID {UUID} referenced by the service being created was not found '
        f"in the '{PROJECT}' project\"",
    ),
    (
        NotFound(kind="pipeline_run", key=KEY),
        404,
        "KeyError",
        f'"The pipeline run with ID {KEY} referenced by the service being created was not found '
        f"in the '{PROJECT}' project\"",
    ),
    (
        Forbidden(action="service.write", resource="project:x"),
        403,
        "IllegalOperationError",
        "Insufficient permissions (service.write).",
    ),
    (
        Invalid(field="status.state", message="must be one of"),
        422,
        "ValueError",
        "1 validation error for ServiceResponseBody\nstate\n  Input should be 'inactive', "
        "'active', 'pending_startup', 'pending_shutdown', 'error' or 'scaled_to_zero' [type=enum]",
    ),
    (
        Contended(),
        503,
        "RuntimeError",
        "The service is being changed by others; try again.",
    ),
]


@pytest.mark.parametrize(("rejection", "status", "exception", "text"), REFUSED)
async def test_what_the_domain_refuses_is_told_by_exception_and_text(
    gateway: Gateway, rejection: Any, status: int, exception: str, text: str
) -> None:
    furnished(gateway).dispatch.rejection = rejection
    answer = await gateway.ask("POST", SERVICES, json=CREATE)
    assert answer.status_code == status
    assert answer.json() == {"detail": [exception, text]}


async def test_an_update_tells_of_a_reference_with_the_projects_name(gateway: Gateway) -> None:
    furnished(gateway).dispatch.rejection = NotFound(kind="model_version", key=KEY)
    answer = await gateway.ask("PUT", ONE, json={"model_version_id": KEY})
    assert answer.json()["detail"][1] == (
        f'"The model version with ID {KEY} referenced by the service schema being updated was not '
        "found in the 'acme' project\""
    )


STATES = [
    (SEEN, "active", ""),
    (replace(SEEN, status="deploying"), "pending_startup", ""),
    (replace(SEEN, status="stopped"), "scaled_to_zero", ""),
    (
        replace(SEEN, status="degraded", reason="replicas_not_ready", message="1 of 2 is ready."),
        "active",
        "replicas_not_ready: 1 of 2 is ready.",
    ),
    (replace(SEEN, status="degraded", replicas_ready=0), "error", ""),
    (
        replace(SEEN, status="failed", reason="not_healthy", message="No replica was healthy."),
        "error",
        "not_healthy: No replica was healthy.",
    ),
]


@pytest.mark.parametrize(("seen", "state", "why"), STATES)
async def test_what_runs_here_has_the_state_that_was_seen_and_why(
    gateway: Gateway, seen: Any, state: str, why: str
) -> None:
    answer = await furnished(gateway, replace(WORKLOAD, seen=seen)).ask("GET", ONE)
    service = answer.json()
    assert service["body"]["state"] == state
    assert service["metadata"]["status"] == {"state": state, "last_error": why}
    assert service["body"]["service_type"]["type"] == "workload"
    assert service["metadata"]["config"] == {}
    assert service["metadata"]["admin_state"] == "active"
    base = f"http://scorer.acme.localhost:{gateway.parts.settings.edge_port}"
    assert service["metadata"]["prediction_url"] == base
    assert service["metadata"]["health_check_url"] == f"{base}/healthz"


async def test_what_was_seen_lies_over_what_was_reported(gateway: Gateway) -> None:
    reported = replace(FACET, status={"state": "error", "pid": 7}, prediction_url="http://mine")
    both = replace(WORKLOAD, registration=reported)
    service = (await furnished(gateway, both).ask("GET", ONE)).json()
    assert service["body"]["state"] == "active"
    assert service["metadata"]["status"] == {"state": "active", "pid": 7, "last_error": ""}
    assert service["metadata"]["prediction_url"] == "http://mine"


async def test_a_service_without_an_owner_belongs_to_nobody(gateway: Gateway) -> None:
    service = (await furnished(gateway, replace(REGISTRATION, owner=None)).ask("GET", ONE)).json()
    assert service["body"]["user_id"] is None
    assert service["resources"]["user"] is None


async def test_references_are_printed_as_far_as_they_are_known(gateway: Gateway) -> None:
    known = ReferenceDocument(
        id=SERVICE_ID, name="iris", versions=3, created_at=MOMENT, updated_at=MOMENT
    )
    linked = replace(REGISTRATION, model_version=known, pipeline_run=known)
    resources = (await furnished(gateway, linked).ask("GET", ONE)).json()["resources"]
    version, run = resources["model_version"], resources["pipeline_run"]
    assert (version["id"], version["name"], version["metadata"]) == (UUID, "iris", None)
    assert (version["body"]["number"], version["body"]["project_id"]) == (3, PROJECT)
    assert version["body"]["model"]["name"] == "iris"
    assert (run["id"], run["body"]["index"], run["body"]["in_progress"]) == (UUID, 3, False)


async def test_every_read_takes_a_moment_and_no_write_does(gateway: Gateway) -> None:
    furnished(gateway)
    at = "as_of=2026-03-01T00:00:00Z"
    for path in (ONE, SERVICES, "/api/v1/projects", "/api/v1/current-user"):
        answer = await gateway.ask("GET", f"{path}?{at}&name=a&name=b")
        assert answer.status_code == 200, answer.text
        assert gateway.dispatch.asked[-1].moment.time == datetime(2026, 3, 1, tzinfo=UTC)
    assert (await gateway.ask("GET", f"{ONE}?as_of=zzz")).status_code == 422
    assert (await gateway.ask("PUT", f"{ONE}?{at}", json={})).status_code == 422
    assert gateway.dispatch.sent == []

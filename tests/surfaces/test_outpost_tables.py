"""The two tables of the Outpost surface: wire to command, document to wire, every field."""

from dataclasses import fields, replace
from typing import Any

import pytest

from services.gateway.refusals import BadFields, Refused
from services.gateway.surfaces.outpost.resources.services import translate, wire
from shared.domain.service.commands import RegisterService, ReviseWorkload
from shared.domain.service.workload import EnvVar, Workload
from shared.kernel.secrets import PlainText
from shared.kernel.unset import UNSET
from shared.queries.services import EnvDocument, ServicePage
from shared.queries.telemetry import AnalyticsDocument, ColdStart, ColdStartList, LogLine, LogLines
from tests.surfaces.stubs import DEPLOYMENT, MOMENT, SERVICE, WORKLOAD, with_env

FULL = {
    "name": "My_App",
    "repo": "acme/app",
    "image": "registry/app:1",
    "branch": "dev",
    "command": "python app.py",
    "gpu": "L4",
    "gpu_count": 2,
    "cpu": 4,
    "memory_gb": 16,
    "min_replicas": 2,
    "max_replicas": 5,
    "target_gpu_utilization": 55,
    "port": 9000,
    "health_check_path": "/up",
    "env": {"A": "1", "B": ""},
    "region": "eu-west-1",
    "custom_domain": "shop.example",
}
# Named through `/ops`: Outpost has no word for it.
ELSEWHERE = ("environment",)
FULL_WORKLOAD = Workload(
    repo="acme/app",
    branch="dev",
    image="registry/app:1",
    command="python app.py",
    gpu="L4",
    gpu_count=2,
    cpu=4,
    memory_gb=16,
    replicas_min=2,
    replicas_max=5,
    target_gpu_utilization=55,
    port=9000,
    health_check_path="/up",
    env=(
        EnvVar(name="A", value=PlainText(text="1")),
        EnvVar(name="B", value=PlainText(text="")),
    ),
    region="eu-west-1",
    custom_domain="shop.example",
)


def registered(body: dict[str, Any]) -> RegisterService:
    return translate.to_register(
        wire.CreateService.model_validate(body),
        service_id="s",
        project_id="p",
        deployment_id="d",
    )


def revised(body: dict[str, Any]) -> ReviseWorkload:
    return translate.to_revise(
        wire.UpdateService.model_validate(body),
        service_id="s",
        project_id="p",
        deployment_id="d",
    )


def test_every_field_of_a_creation_reaches_the_workload() -> None:
    assert set(FULL) == set(wire.CreateService.model_fields), (
        "give FULL and FULL_WORKLOAD the field, with a value that is not its default"
    )
    assert registered(FULL) == RegisterService(
        service_id="s",
        project_id="p",
        deployment_id="d",
        name="My_App",
        workload=FULL_WORKLOAD,
    )
    defaults = Workload()
    untouched = [
        f.name
        for f in fields(Workload)
        if getattr(FULL_WORKLOAD, f.name) == getattr(defaults, f.name) and f.name not in ELSEWHERE
    ]
    assert untouched == [], "a default here would hide a field that is dropped"


def test_what_a_creation_leaves_out_has_the_published_defaults() -> None:
    workload = registered({"name": "a", "gpu": "none", "repo": "a/b"}).workload
    assert workload == Workload(repo="a/b", gpu="none", cpu=8, memory_gb=32, port=8000)


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, 1), ({"min_replicas": 0}, 1), ({"min_replicas": 4}, 4), ({"max_replicas": 0}, 0)],
)
def test_the_maximum_follows_the_minimum_where_it_is_not_given(
    given: dict[str, int], expected: int
) -> None:
    workload = registered({"name": "a", "gpu": "none", **given}).workload
    assert workload is not None
    assert workload.replicas_max == expected


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        ({}, {}),
        ({"min_replicas": 0}, {"replicas_min": 0}),
        ({"max_replicas": 3}, {"replicas_max": 3}),
        ({"target_gpu_utilization": 20}, {"target_gpu_utilization": 20}),
        ({"env": {}}, {"env": ()}),
        ({"env": {"A": "1"}}, {"env": (EnvVar(name="A", value=PlainText(text="1")),)}),
        ({"branch": "dev"}, {"branch": "dev"}),
        ({"custom_domain": "a.example"}, {"custom_domain": "a.example"}),
        ({"custom_domain": None}, {"custom_domain": None}),
    ],
)
def test_an_update_changes_what_it_names_and_nothing_else(
    body: dict[str, Any], changed: dict[str, Any]
) -> None:
    command = revised(body)
    names = {f.name for f in fields(command)} - {"service_id", "project_id", "deployment_id"}
    given = {n: getattr(command, n) for n in names if getattr(command, n) is not UNSET}
    assert given == changed


def test_a_document_keeps_every_field_on_its_way_to_the_wire() -> None:
    shown = translate.to_service(SERVICE, {"A": "1"}, suffix="localhost", port=8081)
    assert shown.model_dump() == {
        "id": "svc_cccccccccccc",
        "name": "My_App",
        "namespace": "acme",
        "status": "running",
        "gpu": "L4",
        "gpu_count": 2,
        "current_replicas": 2,
        "ready_replicas": 1,
        "min_replicas": 1,
        "max_replicas": 3,
        "endpoint": "http://my-app.acme.localhost:8081",
        "region": "us-east-1",
        "cost_per_hour_per_replica": "1.58",
        "created_at": "2026-03-18T12:00:00.000005Z",
        "updated_at": "2026-03-18T12:00:00.000005Z",
        "status_reason": "",
        "status_message": "",
        "repo": "acme/app",
        "branch": "main",
        "image": None,
        "command": None,
        "cpu": 4,
        "memory_gb": 16,
        "target_gpu_utilization": 70,
        "port": 8000,
        "health_check_path": "/health",
        "env": {"A": "1"},
        "custom_domain": None,
        "deployment": {
            "id": "dep_eeeeeeeeeeee",
            "commit_sha": "f" * 40,
            "status": "succeeded",
            "created_at": "2026-03-18T12:00:00.000005Z",
            "finished_at": "2026-03-18T12:00:00.000005Z",
            "reason": "",
            "message": "",
            "log_tail": ["line"],
        },
        "scaling": {
            "desired_replicas": 2,
            "min_replicas": 1,
            "max_replicas": 3,
            "last_scaled_at": None,
        },
    }


def test_a_list_shows_exactly_the_published_keys_and_its_pages() -> None:
    query = translate.to_list(wire.ListQuery(page=2, per_page=2), "acme")
    page = ServicePage(items=(SERVICE,), total=3)
    shown = translate.to_service_list(page, query, suffix="localhost", port=80)
    assert list(shown.data[0].model_dump()) == [
        "id", "name", "namespace", "status", "gpu", "gpu_count", "current_replicas",
        "ready_replicas", "min_replicas", "max_replicas", "endpoint", "region",
        "cost_per_hour_per_replica", "created_at", "updated_at",
    ]  # fmt: skip
    assert shown.data[0].endpoint == "http://my-app.acme.localhost"
    assert shown.pagination.model_dump() == {
        "page": 2,
        "per_page": 2,
        "total": 3,
        "total_pages": 2,
    }


def test_a_failure_says_why_with_its_last_lines() -> None:
    failed = replace(
        DEPLOYMENT,
        status="failed",
        reason="never_ready",
        message="It never answered.",
        finished_at=None,
    )
    document = replace(
        SERVICE, status="failed", status_reason="never_ready", status_message="x", deployment=failed
    )
    shown = translate.to_service(document, {}, suffix="localhost", port=80)
    assert (shown.status, shown.status_reason, shown.status_message) == (
        "failed",
        "never_ready",
        "x",
    )
    assert shown.deployment is not None
    assert (shown.deployment.reason, shown.deployment.log_tail) == ("never_ready", ["line"])


def test_no_utilization_is_shown_for_a_service_without_gpu() -> None:
    plain = replace(SERVICE, workload=replace(WORKLOAD, gpu="none", gpu_count=1))
    shown = translate.to_service(plain, {}, suffix="localhost", port=80)
    assert shown.target_gpu_utilization is None


def test_erased_values_are_null_and_hidden_ones_masked() -> None:
    document = with_env("A", "B")
    env = EnvDocument(variables=(("A", "1"),), erased=("B",))
    assert translate.revealed_env(document, env) == {"A": "1", "B": None}
    assert translate.masked_env(document) == {"A": "***", "B": "***"}


def test_log_lines_keep_their_order_and_fields() -> None:
    line = LogLine(at=MOMENT, replica_id="ab" * 12, stream="stderr", message="boom")
    shown = translate.to_log_list(LogLines(items=(line, replace(line, replica_id=""))))
    assert [entry.model_dump() for entry in shown.data] == [
        {
            "timestamp": "2026-03-18T12:00:00.000005Z",
            "replica": "rep_abababababab",
            "stream": "stderr",
            "message": "boom",
        },
        {
            "timestamp": "2026-03-18T12:00:00.000005Z",
            "replica": "",
            "stream": "stderr",
            "message": "boom",
        },
    ]


def test_analytics_keep_every_field() -> None:
    document = AnalyticsDocument(
        service_id="s",
        start=MOMENT,
        end=MOMENT,
        requests=10,
        requests_per_second=0.5,
        by_class=(("2xx", 9), ("5xx", 1)),
        latency_p50_ms=1.0,
        latency_p95_ms=2.0,
        latency_p99_ms=3.0,
        concurrency_average=0.25,
        bytes_out=99,
        replicas_current=2,
        replicas_ready=1,
        replicas_min=0,
        replicas_max=3,
        replica_seconds=60.0,
        cpu_utilization=0.1,
        memory_utilization=0.2,
        gpu_utilization=0.3,
        cost_total="0.03",
        cost_per_hour_per_replica="1.80",
        cold_starts=ColdStartList(
            items=(
                ColdStart(
                    at=MOMENT,
                    placed_ms=10,
                    started_ms=400,
                    ready_ms=700,
                    held_ms=710,
                    first_byte_ms=715,
                ),
            ),
            total=1,
            first_byte_p50_ms=715.0,
            first_byte_p95_ms=716.0,
        ),
    )
    assert translate.to_analysis(document).model_dump() == {
        "period": {
            "start": "2026-03-18T12:00:00.000005Z",
            "end": "2026-03-18T12:00:00.000005Z",
        },
        "requests": {"total": 10, "per_second": 0.5, "by_status": {"2xx": 9, "5xx": 1}},
        "latency_ms": {"p50": 1.0, "p95": 2.0, "p99": 3.0},
        "concurrency": 0.25,
        "bytes_out": 99,
        "replicas": {"current": 2, "ready": 1, "min": 0, "max": 3},
        "gpu_utilization": 0.3,
        "cpu_utilization": 0.1,
        "memory_utilization": 0.2,
        "cold_starts": {
            "total": 1,
            "first_byte_ms": {"p50": 715.0, "p95": 716.0},
            "recent": [
                {
                    "at": "2026-03-18T12:00:00.000005Z",
                    "placed_ms": 10,
                    "started_ms": 400,
                    "ready_ms": 700,
                    "held_ms": 710,
                    "first_byte_ms": 715,
                }
            ],
        },
        "cost": {"total": "0.03", "per_hour_per_replica": "1.80"},
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-18T12:00:00Z", "2026-03-18T12:00:00+00:00"),
        ("2026-03-18T13:00:00+01:00", "2026-03-18T12:00:00+00:00"),
        ("2026-03-18T12:00:00", "2026-03-18T12:00:00+00:00"),
        ("2026-03-18", "2026-03-18T00:00:00+00:00"),
    ],
)
def test_since_is_iso_8601_as_people_write_it(text: str, expected: str) -> None:
    question = translate.to_logs(wire.LogsQuery(since=text), "acme", "a")
    assert question.since is not None
    assert question.since.isoformat() == expected


@pytest.mark.parametrize("text", ["yesterday", "", "2026-13-01", "12:00", "2026-03-18T25:00:00Z"])
def test_since_that_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        translate.to_logs(wire.LogsQuery(since=text), "acme", "a")
    assert refused.value.refusal == BadFields(problems=(("since", "must be an ISO 8601 time"),))

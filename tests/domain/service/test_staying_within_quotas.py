"""What a project's quota refuses before anything is decided, and what it lets be."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.quotas import Quota
from shared.domain.rejections import Conflicting
from shared.domain.service.commands import RegisterService
from shared.domain.service.events import ServiceRegistered
from shared.domain.service.workload import Workload
from tests.domain.service.office import SETTLED, revising, var
from tests.support.given import KIND_FACTS, PROJECT_ID, Decided, given

ID, DEPLOYMENT = "0c" * 12, "0d" * 12


def register(quota: Quota, *, services: int = 0, **workload: Any) -> Decided:
    command = RegisterService(
        service_id=ID,
        project_id=PROJECT_ID,
        name="api",
        deployment_id=DEPLOYMENT,
        workload=Workload(repo="acme/api", **workload),
    )
    return given().when(command, replace(KIND_FACTS, quota=quota, services=services))


def test_a_service_more_than_the_project_may_have_is_refused() -> None:
    refused = register(Quota(services=2), services=2)
    refused.then_rejected(Conflicting, state="quota")
    assert "2 services" in refused.answer.message
    assert isinstance(register(Quota(services=2), services=1).answer[0], ServiceRegistered)


@pytest.mark.parametrize(
    ("quota", "workload", "words"),
    [
        (Quota(replicas=2), {"replicas_min": 3, "replicas_max": 3}, "3 replicas"),
        (Quota(cpu=8), {"cpu": 16}, "16 vCPU"),
        (Quota(memory_gb=64), {"memory_gb": 32, "replicas_min": 3, "replicas_max": 3}, "96 GB"),
        (Quota(gpus=0), {"gpu": "T4"}, "1 GPUs"),
    ],
)
def test_a_workload_that_could_never_run_is_refused(
    quota: Quota, workload: dict[str, Any], words: str
) -> None:
    refused = register(quota, **workload)
    refused.then_rejected(Conflicting, state="quota")
    assert words in refused.answer.message


def test_what_may_be_reached_by_scaling_is_bounded_where_it_is_placed() -> None:
    assert isinstance(register(Quota(replicas=2), replicas_max=50).answer, tuple)


def test_who_asks_for_no_more_is_not_held_to_a_quota_that_was_lowered_since() -> None:
    facts = replace(KIND_FACTS, quota=Quota(services=0, cpu=1), services=9)
    assert isinstance(given(*SETTLED).when(revising(env=(var("A"),)), facts).answer, tuple)
    more = given(*SETTLED).when(revising(replicas_min=2, replicas_max=2), facts)
    more.then_rejected(Conflicting, state="quota")

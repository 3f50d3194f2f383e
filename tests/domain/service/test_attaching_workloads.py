"""A workload for a service that had none: checked as at birth, rolled out, at the old address."""

from typing import Any

import pytest

from shared.domain.claim import take
from shared.domain.rejections import Conflicting, Incompatible, Invalid
from shared.domain.service.commands import AttachWorkload
from shared.domain.service.events import RolloutStarted, ServiceRegistered, WorkloadRevised
from shared.domain.service.workload import EnvVar, Workload
from shared.kernel.secrets import PlainText
from shared.registry import AGGREGATES
from tests.support.given import PROJECT_ID, given

ID, DEPLOYMENT = "0c" * 12, "0d" * 12
WORKLOAD = Workload(repo="acme/api", custom_domain="API.Example.org")


def registered(workload: Workload | None = None) -> ServiceRegistered:
    return ServiceRegistered(
        service_id=ID,
        project_id=PROJECT_ID,
        name="Coach",
        slug="coach-0c0c0c0c0c0c",
        description="",
        labels=(),
        workload=workload,
    )


def attach(**fields: Any) -> AttachWorkload:
    given_fields: dict[str, Any] = {
        "repo": "acme/api",
        "custom_domain": "API.Example.org",
        **fields,
    }
    return AttachWorkload(
        service_id=ID,
        project_id=PROJECT_ID,
        deployment_id=DEPLOYMENT,
        workload=Workload(**given_fields),
    )


def test_an_attached_workload_is_a_revision_that_rolls_out() -> None:
    decided = given(registered()).when(attach())
    decided.then(
        WorkloadRevised(
            service_id=ID,
            revision=2,
            workload=Workload(repo="acme/api", custom_domain="api.example.org"),
            changed=("attached",),
        ),
        RolloutStarted(
            service_id=ID, deployment_id=DEPLOYMENT, revision=2, trigger="created", commit=None
        ),
    )
    decided.then_claimed(take("domain", "api.example.org"))


def test_a_service_has_one_workload() -> None:
    given(registered(WORKLOAD)).when(attach()).then_rejected(Conflicting, state="exists")


@pytest.mark.parametrize(
    ("fields", "rejection"),
    [
        ({"port": 0}, Invalid),
        ({"image": "acme/api:1"}, Incompatible),
        ({"repo": None}, Incompatible),
        ({"replicas_min": 3, "replicas_max": 2}, Incompatible),
        ({"custom_domain": "x.localhost"}, Invalid),
    ],
)
def test_it_is_checked_as_one_that_is_there_from_the_start(
    fields: dict[str, Any], rejection: type
) -> None:
    given(registered()).when(attach(**fields)).then_rejected(rejection)


def test_its_variables_are_sealed() -> None:
    command = attach(env=(EnvVar(name="KEY", value=PlainText(text="s3cret")),))
    service = next(a for a in AGGREGATES if a.stream_type == "service")
    assert [(owner, name) for owner, name, _ in service.secrets(command, registered())] == [
        (ID, "KEY")
    ]

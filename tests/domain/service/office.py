"""What the tests of services share: one service with a workload, as commands and as events."""

from dataclasses import replace
from typing import Any

from shared.domain.service.commands import RegisterService, RequestRollout, ReviseWorkload
from shared.domain.service.events import (
    RolloutFailed,
    RolloutStarted,
    RolloutSucceeded,
    ServiceRegistered,
)
from shared.domain.service.workload import EnvVar, Workload
from shared.kernel.secrets import SecretRef
from tests.support.given import PROJECT_ID

SERVICE_ID = "1a" * 12
FIRST = "d1" * 12
SECOND = "d2" * 12
COMMIT = "0f6be2c1f1c1d5a0b8c7e6d5c4b3a29180706050"
WORKLOAD = Workload(repo="acme/api", branch="main")


def var(name: str, mark: str = "1") -> EnvVar:
    return EnvVar(name=name, value=SecretRef(secret_id=mark * 24, mac=mark * 64))


def registering(name: str = "api", **workload: Any) -> RegisterService:
    return RegisterService(
        service_id=SERVICE_ID,
        project_id=PROJECT_ID,
        deployment_id=FIRST,
        name=name,
        workload=replace(WORKLOAD, **workload),
    )


def registered(name: str = "api", slug: str = "api", **workload: Any) -> ServiceRegistered:
    return ServiceRegistered(
        service_id=SERVICE_ID,
        project_id=PROJECT_ID,
        name=name,
        slug=slug,
        description="",
        labels=(),
        workload=replace(WORKLOAD, **workload),
    )


def revising(**changes: Any) -> ReviseWorkload:
    return ReviseWorkload(
        service_id=SERVICE_ID, project_id=PROJECT_ID, deployment_id=SECOND, **changes
    )


def rollout(deployment_id: str = SECOND, **changes: Any) -> RequestRollout:
    asked = RequestRollout(
        service_id=SERVICE_ID,
        project_id=PROJECT_ID,
        deployment_id=deployment_id,
        trigger="redeploy",
    )
    return replace(asked, **changes)


def started(
    deployment_id: str = FIRST, revision: int = 1, trigger: Any = "created", commit: Any = None
) -> RolloutStarted:
    return RolloutStarted(
        service_id=SERVICE_ID,
        deployment_id=deployment_id,
        revision=revision,
        trigger=trigger,
        commit=commit,
    )


def succeeded(deployment_id: str = FIRST) -> RolloutSucceeded:
    return RolloutSucceeded(service_id=SERVICE_ID, deployment_id=deployment_id)


def failed(deployment_id: str = FIRST) -> RolloutFailed:
    return RolloutFailed(
        service_id=SERVICE_ID,
        deployment_id=deployment_id,
        reason="not_healthy",
        message="No replica was healthy within 120 s.",
        last_probe="503",
        exit_cause="",
        log_tail=("out of memory",),
    )


SETTLED: tuple[Any, ...] = (registered(), started(), succeeded())

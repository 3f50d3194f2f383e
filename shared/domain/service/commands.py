"""What may be asked of a service."""

from dataclasses import dataclass
from typing import Literal

from shared.domain.service.workload import EnvVar, Workload
from shared.kernel.unset import UNSET, Unset

Trigger = Literal["created", "revised", "redeploy", "push", "rollback"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterService:
    """`deployment_id` is the first rollout's, used where there is a workload to deploy."""

    service_id: str
    project_id: str
    deployment_id: str
    name: str
    description: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    workload: Workload | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseWorkload:
    """Scaling fields and the domain change nothing that runs; env and branch roll out anew."""

    service_id: str
    project_id: str
    deployment_id: str
    replicas_min: int | Unset = UNSET
    replicas_max: int | Unset = UNSET
    target_gpu_utilization: int | Unset = UNSET
    env: tuple[EnvVar, ...] | Unset = UNSET
    branch: str | Unset = UNSET
    custom_domain: str | Unset | None = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRollout:
    """`commit`: the commit that a push brought; None means the branch's newest."""

    service_id: str
    project_id: str
    deployment_id: str
    trigger: Trigger
    commit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRolloutSource:
    """The scheduler has resolved what the rollout runs."""

    service_id: str
    project_id: str
    deployment_id: str
    commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcludeRollout:
    """The scheduler's verdict. `reason` is one word-like token, `message` a sentence for people,
    `log_tail` the last lines of what failed."""

    service_id: str
    project_id: str
    deployment_id: str
    succeeded: bool
    reason: str = ""
    message: str = ""
    last_probe: str = ""
    exit_cause: str = ""
    log_tail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveService:
    """`force` skips the drain."""

    service_id: str
    project_id: str
    force: bool = False


ServiceCommand = (
    RegisterService
    | ReviseWorkload
    | RequestRollout
    | RecordRolloutSource
    | ConcludeRollout
    | RemoveService
)

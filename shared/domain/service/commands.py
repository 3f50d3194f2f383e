"""What may be asked of a service."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shared.domain.service.facets.conversation import Conversation, VersionSet
from shared.domain.service.facets.participation import Participation, Topic
from shared.domain.service.facets.registration import Registration
from shared.domain.service.workload import EnvironmentPin, EnvVar, Workload
from shared.kernel.unset import UNSET, Unset

Trigger = Literal["created", "revised", "redeploy", "push", "rollback"]
Naming = Literal["bare", "tailed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterService:
    """`deployment_id` is the first rollout's, used where there is a workload to deploy.

    `naming`: `bare` claims the slug of the name in the project; `tailed` adds the id's tail to it,
    so that a service born where names are free never blocks a name (DESIGN 4.2)."""

    service_id: str
    project_id: str
    deployment_id: str
    name: str
    description: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    naming: Naming = "bare"
    workload: Workload | None = None
    registration: Registration | None = None
    conversation: Conversation | None = None
    participation: Participation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachWorkload:
    """Something to deploy, for a service that had nothing to deploy. Its slug stays as it is, and
    with it the name it is reached by."""

    service_id: str
    project_id: str
    deployment_id: str
    workload: Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseWorkload:
    """Scaling fields and the domain change nothing that runs; env, branch and environment roll out
    anew. Whoever names an environment has been seen to see it."""

    service_id: str
    project_id: str
    deployment_id: str
    replicas_min: int | Unset = UNSET
    replicas_max: int | Unset = UNSET
    target_gpu_utilization: int | Unset = UNSET
    env: tuple[EnvVar, ...] | Unset = UNSET
    branch: str | Unset = UNSET
    custom_domain: str | Unset | None = UNSET
    environment: EnvironmentPin | Unset | None = UNSET


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseRegistration:
    """A field that is not given stays; a given one replaces the whole. Attaches the facet where the
    service has none."""

    service_id: str
    project_id: str
    name: str | Unset = UNSET
    labels: tuple[tuple[str, str], ...] | Unset = UNSET
    service_type: dict[str, Any] | Unset = UNSET
    config: dict[str, Any] | Unset = UNSET
    service_source: str | Unset | None = UNSET
    admin_state: str | Unset | None = UNSET
    status: dict[str, Any] | Unset | None = UNSET
    endpoint: dict[str, Any] | Unset | None = UNSET
    prediction_url: str | Unset | None = UNSET
    health_check_url: str | Unset | None = UNSET
    model_version_id: str | Unset | None = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseConversation:
    """What is not given stays. `attach`: make one where the service has none."""

    service_id: str
    project_id: str
    name: str | Unset = UNSET
    description: str | Unset = UNSET
    is_active: bool | Unset = UNSET
    agent_id: str | Unset = UNSET
    state_machine_id: str | Unset = UNSET
    tags: tuple[tuple[str, str | None], ...] | Unset = UNSET
    keyterms: tuple[str, ...] | Unset = UNSET
    attach: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PutVersionSet:
    service_id: str
    project_id: str
    version_set_name: str
    version_set: VersionSet


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteVersionSet:
    service_id: str
    project_id: str
    version_set_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkUnitTest:
    """A unit test uses this version set from now on; recorded here so that a deletion of the set
    and the making of the test cannot both win."""

    service_id: str
    project_id: str
    version_set_name: str
    unit_test_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlinkUnitTest:
    service_id: str
    project_id: str
    unit_test_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseParticipation:
    """MicroVisualizer's partial update: only its rename moves the slug. Attaches the facet where
    the service has none. `None` clears."""

    service_id: str
    project_id: str
    name: str | Unset = UNSET
    description: str | Unset = UNSET
    category: str | Unset | None = UNSET
    owner: str | Unset | None = UNSET
    flows: tuple[str, ...] | Unset | None = UNSET
    consumes: tuple[Topic, ...] | Unset = UNSET
    produces: tuple[Topic, ...] | Unset = UNSET
    extras: Mapping[str, str] | Unset | None = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreService:
    """What was wanted at an earlier moment, whole; a facet that is None is left as it is."""

    service_id: str
    project_id: str
    deployment_id: str
    name: str
    slug: str
    description: str
    labels: tuple[tuple[str, str], ...]
    workload: Workload | None
    registration: Registration | None
    conversation: Conversation | None
    participation: Participation | None


ServiceCommand = (
    RegisterService
    | RestoreService
    | ReviseRegistration
    | ReviseConversation
    | PutVersionSet
    | DeleteVersionSet
    | LinkUnitTest
    | UnlinkUnitTest
    | ReviseParticipation
    | AttachWorkload
    | ReviseWorkload
    | RequestRollout
    | RecordRolloutSource
    | ConcludeRollout
    | RemoveService
)

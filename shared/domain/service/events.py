"""What happened to a service."""

from dataclasses import dataclass

from shared.domain.service.commands import Trigger
from shared.domain.service.facets.conversation import Conversation
from shared.domain.service.facets.participation import Participation
from shared.domain.service.facets.registration import Registration
from shared.domain.service.workload import Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRegistered:
    """`slug`: unique among the live services of the project, and first label of its host."""

    service_id: str
    project_id: str
    name: str
    slug: str
    description: str
    labels: tuple[tuple[str, str], ...]
    workload: Workload | None
    registration: Registration | None = None
    conversation: Conversation | None = None
    participation: Participation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRevised:
    """Name, slug, description and labels after the change."""

    service_id: str
    name: str
    slug: str
    description: str
    labels: tuple[tuple[str, str], ...]
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationRevised:
    """The whole registration after the change (or its attachment)."""

    service_id: str
    registration: Registration
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRevised:
    """The whole conversation after the change (or its attachment), version sets and the unit tests
    that use them included; `changed` names those as `version_sets.<name>`."""

    service_id: str
    conversation: Conversation
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipationRevised:
    """The whole participation after the change (or its attachment)."""

    service_id: str
    participation: Participation
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadRevised:
    """The whole workload after the change, and the names of the fields that changed."""

    service_id: str
    revision: int
    workload: Workload
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutStarted:
    """A rollout is wanted: replicas of this deployment are to replace those of earlier ones."""

    service_id: str
    deployment_id: str
    revision: int
    trigger: Trigger
    commit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutSourced:
    """The branch was resolved to a commit."""

    service_id: str
    deployment_id: str
    commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutSucceeded:
    """Every wanted replica of the deployment was ready; older ones are being drained."""

    service_id: str
    deployment_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutFailed:
    """The deployment never got ready; what served before keeps serving."""

    service_id: str
    deployment_id: str
    reason: str
    message: str
    last_probe: str
    exit_cause: str
    log_tail: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRemoved:
    """The service ends from now on; `force` skips the drain."""

    service_id: str
    force: bool


ServiceEvent = (
    ServiceRegistered
    | ServiceRevised
    | RegistrationRevised
    | ConversationRevised
    | ParticipationRevised
    | WorkloadRevised
    | RolloutStarted
    | RolloutSourced
    | RolloutSucceeded
    | RolloutFailed
    | ServiceRemoved
)

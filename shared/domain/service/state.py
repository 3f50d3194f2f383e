"""A service folded from its events."""

from dataclasses import dataclass, replace
from typing import assert_never

from shared.domain.service.events import (
    ConversationRevised,
    ParticipationRevised,
    RegistrationRevised,
    RolloutFailed,
    RolloutSourced,
    RolloutStarted,
    RolloutSucceeded,
    ServiceEvent,
    ServiceRegistered,
    ServiceRemoved,
    ServiceRevised,
    WorkloadRevised,
)
from shared.domain.service.facets.conversation import Conversation
from shared.domain.service.facets.participation import Participation
from shared.domain.service.facets.registration import Registration
from shared.domain.service.workload import Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    deployment_id: str
    commit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """`rollout` is the one in progress, `deployed` the last that succeeded, `newest` the last that
    was begun, however it ended."""

    service_id: str
    project_id: str
    name: str
    slug: str
    description: str
    labels: tuple[tuple[str, str], ...]
    revision: int
    workload: Workload | None
    registration: Registration | None
    conversation: Conversation | None
    participation: Participation | None
    rollout: Rollout | None = None
    deployed: Rollout | None = None
    newest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    service_id: str
    project_id: str


State = Absent | Live | Removed


def evolve(state: State, event: ServiceEvent) -> State:
    if isinstance(event, ServiceRegistered):
        return Live(
            service_id=event.service_id,
            project_id=event.project_id,
            name=event.name,
            slug=event.slug,
            description=event.description,
            labels=event.labels,
            revision=1,
            workload=event.workload,
            registration=event.registration,
            conversation=event.conversation,
            participation=event.participation,
        )
    assert isinstance(state, Live), "a change of a service that is not there"
    match event:
        case ServiceRevised():
            return replace(
                state,
                name=event.name,
                slug=event.slug,
                description=event.description,
                labels=event.labels,
            )
        case RegistrationRevised():
            return replace(state, registration=event.registration)
        case ConversationRevised():
            return replace(state, conversation=event.conversation)
        case ParticipationRevised():
            return replace(state, participation=event.participation)
        case WorkloadRevised():
            return replace(state, revision=event.revision, workload=event.workload)
        case RolloutStarted():
            return replace(
                state,
                rollout=Rollout(deployment_id=event.deployment_id, commit=event.commit),
                newest=event.deployment_id,
            )
        case RolloutSourced():
            return replace(
                state, rollout=Rollout(deployment_id=event.deployment_id, commit=event.commit)
            )
        case RolloutSucceeded():
            return replace(state, rollout=None, deployed=state.rollout)
        case RolloutFailed():
            return replace(state, rollout=None)
        case ServiceRemoved():
            return Removed(service_id=event.service_id, project_id=state.project_id)
        case _:
            assert_never(event)

"""The rules of a restore: what was wanted at an earlier moment is wanted again, from now on.

The command brings the earlier values (whoever asks has shown the difference first); they are
judged by today's rules. A removed service begins again on its own stream, its history unbroken."""

from dataclasses import fields, replace

from shared.domain.facts import Facts
from shared.domain.rejections import Conflicting, NotFound, Rejection
from shared.domain.service.check import combination_rejection, field_rejection
from shared.domain.service.commands import RestoreService
from shared.domain.service.events import (
    ConversationRevised,
    ParticipationRevised,
    RegistrationRevised,
    RolloutStarted,
    ServiceEvent,
    ServiceRegistered,
    ServiceRevised,
    WorkloadRevised,
)
from shared.domain.service.facets.conversation import Conversation, conversation_rejection
from shared.domain.service.facets.participation import participation_rejection
from shared.domain.service.facets.registration import registration_rejection
from shared.domain.service.state import Absent, Live, Removed, State
from shared.domain.service.workload import STILL_FIELDS, Workload

Decision = tuple[ServiceEvent, ...] | Rejection


def decide_restore(command: RestoreService, state: State, facts: Facts) -> Decision:
    if isinstance(state, Absent) or state.project_id != command.project_id:
        return NotFound(kind="service", key=command.service_id)
    rejection = _rejection(command, facts)
    if rejection is not None:
        return rejection
    return _again(command) if isinstance(state, Removed) else _back(command, state)


def _rejection(command: RestoreService, facts: Facts) -> Rejection | None:
    workload = command.workload
    return (
        (workload and (field_rejection(workload, facts) or combination_rejection(workload)))
        or (command.registration and registration_rejection(command.registration))
        or (command.conversation and conversation_rejection(command.conversation))
        or (command.participation and participation_rejection(command.participation))
        or None
    )


def _again(command: RestoreService) -> Decision:
    conversation = command.conversation
    registered = ServiceRegistered(
        service_id=command.service_id,
        project_id=command.project_id,
        name=command.name,
        slug=command.slug,
        description=command.description,
        labels=command.labels,
        workload=command.workload,
        registration=command.registration,
        # Its unit tests have been let go with it.
        conversation=None if conversation is None else replace(conversation, unit_tests={}),
        participation=command.participation,
    )
    return (registered,) if command.workload is None else (registered, _rollout(command, 1))


def _back(command: RestoreService, state: Live) -> Decision:
    events: list[ServiceEvent] = []
    names = ("name", "slug", "description", "labels")
    changed = tuple(n for n in names if getattr(command, n) != getattr(state, n))
    if changed:
        events.append(
            ServiceRevised(
                service_id=command.service_id,
                name=command.name,
                slug=command.slug,
                description=command.description,
                labels=command.labels,
                changed=changed,
            )
        )
    events += _facets_back(command, state)
    if command.workload is not None and command.workload != state.workload:
        of_workload = _workload_back(command, command.workload, state)
        if isinstance(of_workload, Conflicting):
            return of_workload
        events += of_workload
    return tuple(events)


def _facets_back(command: RestoreService, state: Live) -> list[ServiceEvent]:
    events: list[ServiceEvent] = []
    id_ = command.service_id
    if command.registration is not None and command.registration != state.registration:
        changed = _changed(state.registration, command.registration)
        events.append(
            RegistrationRevised(service_id=id_, registration=command.registration, changed=changed)
        )
    if command.conversation is not None:
        conversation = _with_tests(command.conversation, state.conversation)
        if conversation != state.conversation:
            changed = _changed(state.conversation, conversation)
            events.append(
                ConversationRevised(service_id=id_, conversation=conversation, changed=changed)
            )
    if command.participation is not None and command.participation != state.participation:
        changed = _changed(state.participation, command.participation)
        events.append(
            ParticipationRevised(
                service_id=id_, participation=command.participation, changed=changed
            )
        )
    return events


def _with_tests(then: Conversation, now: Conversation | None) -> Conversation:
    """Unit tests are of today, and so are the version sets that they use."""
    if now is None:
        return replace(then, unit_tests={})
    used = {name: now.version_sets[name] for name in now.unit_tests if name in now.version_sets}
    return replace(then, unit_tests=now.unit_tests, version_sets={**used, **then.version_sets})


def _workload_back(
    command: RestoreService, workload: Workload, state: Live
) -> list[ServiceEvent] | Conflicting:
    changed = _changed(state.workload, workload)
    rolls = not STILL_FIELDS.issuperset(changed)
    if rolls and state.rollout is not None:
        return Conflicting(state="deploying", message="A deployment is in progress.")
    revision = state.revision + 1
    revised = WorkloadRevised(
        service_id=command.service_id, revision=revision, workload=workload, changed=changed
    )
    return [revised, _rollout(command, revision)] if rolls else [revised]


def _changed(before: object, after: object) -> tuple[str, ...]:
    names = [field.name for field in fields(after)]  # type: ignore[arg-type]  # facets are dataclasses
    if before is None:
        return tuple(names)
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def _rollout(command: RestoreService, revision: int) -> RolloutStarted:
    return RolloutStarted(
        service_id=command.service_id,
        deployment_id=command.deployment_id,
        revision=revision,
        trigger="rollback",
        commit=None,
    )

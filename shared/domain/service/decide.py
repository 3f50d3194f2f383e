"""The rules of services: pure, (command, state, facts) -> events or a rejection."""

from dataclasses import fields, replace
from typing import assert_never

from shared.domain.facts import Facts
from shared.domain.rejections import Conflicting, Incompatible, Invalid, NotFound, Rejection
from shared.domain.service.check import combination_rejection, field_rejection
from shared.domain.service.check_quota import quota_rejection
from shared.domain.service.commands import (
    AttachWorkload,
    ConcludeRollout,
    RecordRolloutSource,
    RegisterService,
    RemoveService,
    RequestRollout,
    RestoreService,
    ReviseWorkload,
    ServiceCommand,
    Trigger,
)
from shared.domain.service.decide_conversation import new_conversation_rejection
from shared.domain.service.decide_facets import FacetCommand, decide_facet
from shared.domain.service.decide_registration import new_registration_rejection, with_digest
from shared.domain.service.decide_restore import decide_restore
from shared.domain.service.events import (
    RolloutFailed,
    RolloutSourced,
    RolloutStarted,
    RolloutSucceeded,
    ServiceEvent,
    ServiceRegistered,
    ServiceRemoved,
    WorkloadRevised,
)
from shared.domain.service.facets.participation import (
    description_rejection,
    name_rejection,
    participation_rejection,
)
from shared.domain.service.state import Absent, Live, State
from shared.domain.service.workload import STILL_FIELDS, Workload
from shared.kernel.names import SERVICE_NAME, host_of, slug_of
from shared.kernel.unset import Unset

Decision = tuple[ServiceEvent, ...] | Rejection

NAME_MAX = 255
TAILED_MAX = 50


def decide(command: ServiceCommand, state: State, facts: Facts) -> Decision:
    decision = _decide(command, state, facts)
    if isinstance(decision, tuple) and decision:
        return quota_rejection(state, decision, facts) or decision
    return decision


def _decide(command: ServiceCommand, state: State, facts: Facts) -> Decision:
    if facts.project is None:
        return NotFound(kind="project", key=command.project_id)
    if isinstance(command, RegisterService):
        return _register(command, state, facts)
    if isinstance(command, RestoreService):
        return decide_restore(command, state, facts)
    if not isinstance(state, Live) or state.project_id != command.project_id:
        return NotFound(kind="service", key=command.service_id)
    if isinstance(command, FacetCommand):
        return decide_facet(command, state, facts)
    match command:
        case AttachWorkload():
            return _attach(command, state, facts)
        case ReviseWorkload():
            return _revise(command, state, facts)
        case RequestRollout():
            return _request_rollout(command, state)
        case RecordRolloutSource():
            return _record_source(command, state)
        case ConcludeRollout():
            return _conclude(command, state)
        case RemoveService():
            return (ServiceRemoved(service_id=command.service_id, force=command.force),)
        case _:
            assert_never(command)


def _register(command: RegisterService, state: State, facts: Facts) -> Decision:
    if not isinstance(state, Absent):
        return Conflicting(state="exists", message="A service with this id exists.")
    slug = _slug(command)
    if isinstance(slug, Invalid):
        return slug
    rejection = _facet_rejection(command, facts)
    if rejection is not None:
        return rejection
    workload = _normal(command.workload) if command.workload is not None else None
    registration = with_digest(command.registration) if command.registration else None
    registered = ServiceRegistered(
        service_id=command.service_id,
        project_id=command.project_id,
        name=command.name,
        slug=slug,
        description=command.description,
        labels=command.labels,
        workload=workload,
        registration=registration,
        conversation=command.conversation,
        participation=command.participation,
    )
    if workload is None:
        return (registered,)
    return (registered, _started(command.service_id, command.deployment_id, 1, "created", None))


def _slug(command: RegisterService) -> str | Invalid:
    """`bare` slugs are names that others may find taken; `tailed` ones cannot clash."""
    slug = slug_of(command.name)
    if command.naming == "tailed":
        if len(command.name) > NAME_MAX:
            return Invalid(field="name", message=f"must have at most {NAME_MAX} characters")
        return f"{slug[:TAILED_MAX].rstrip('-') or 'service'}-{command.service_id[-12:]}"
    if command.workload is not None and not SERVICE_NAME.match(command.name):
        slug = ""
    if not slug or len(command.name) > NAME_MAX:
        return Invalid(
            field="name",
            message="must be 1 to 64 letters, digits, '-' and '_', one letter or digit at least",
        )
    return slug


def _facet_rejection(
    command: RegisterService, facts: Facts
) -> Invalid | Incompatible | NotFound | None:
    rejection: Invalid | Incompatible | NotFound | None = None
    if command.workload is not None:
        rejection = field_rejection(command.workload, facts) or combination_rejection(
            command.workload
        )
    if rejection is None and command.registration is not None:
        rejection = new_registration_rejection(command.registration, command.project_id, facts)
    if rejection is None and command.conversation is not None:
        rejection = new_conversation_rejection(command.conversation, command.project_id, facts)
    if rejection is None and command.participation is not None:
        if command.naming == "bare":
            rejection = name_rejection(command.name) or description_rejection(command.description)
        rejection = rejection or participation_rejection(command.participation)
    return rejection


def _attach(command: AttachWorkload, state: Live, facts: Facts) -> Decision:
    if state.workload is not None:
        return Conflicting(state="exists", message="The service has a workload already.")
    rejection = field_rejection(command.workload, facts) or combination_rejection(command.workload)
    if rejection is not None:
        return rejection
    return (
        WorkloadRevised(
            service_id=command.service_id,
            revision=state.revision + 1,
            workload=_normal(command.workload),
            changed=("attached",),
        ),
        _started(command.service_id, command.deployment_id, state.revision + 1, "created", None),
    )


def _revise(command: ReviseWorkload, state: Live, facts: Facts) -> Decision:
    if state.workload is None:
        return NotFound(kind="service", key=command.service_id)
    given = {
        field.name: value
        for field in fields(command)
        if field.name not in ("service_id", "project_id", "deployment_id")
        and not isinstance(value := getattr(command, field.name), Unset)
    }
    if "branch" in given and state.workload.repo is None:
        return Incompatible(fields=("branch", "image"), message="a branch belongs to a repo")
    wanted = replace(state.workload, **given)
    rejection = field_rejection(wanted, facts) or combination_rejection(wanted)
    if rejection is not None:
        return rejection
    wanted = _normal(wanted)
    # A map of variables that is given again still rolls out: the seed states it without condition.
    changed = tuple(
        name
        for name in given
        if name == "env" or getattr(wanted, name) != getattr(state.workload, name)
    )
    if not changed:
        return ()
    rolls = not STILL_FIELDS.issuperset(changed)
    if rolls and state.rollout is not None:
        return _deploying()
    revised = WorkloadRevised(
        service_id=command.service_id,
        revision=state.revision + 1,
        workload=wanted,
        changed=changed,
    )
    if not rolls:
        return (revised,)
    return (
        revised,
        _started(command.service_id, command.deployment_id, state.revision + 1, "revised", None),
    )


def _request_rollout(command: RequestRollout, state: Live) -> Decision:
    if state.workload is None:
        return NotFound(kind="service", key=command.service_id)
    if state.newest == command.deployment_id:
        return ()  # Already so, or already over: the same request again must not deploy again.
    if state.rollout is not None:
        return _deploying()
    return (
        _started(
            command.service_id,
            command.deployment_id,
            state.revision,
            command.trigger,
            command.commit,
        ),
    )


def _record_source(command: RecordRolloutSource, state: Live) -> Decision:
    if state.rollout is None or state.rollout.deployment_id != command.deployment_id:
        return Conflicting(state="superseded", message="Another rollout took its place.")
    if state.rollout.commit == command.commit:
        return ()
    return (
        RolloutSourced(
            service_id=command.service_id,
            deployment_id=command.deployment_id,
            commit=command.commit,
        ),
    )


def _conclude(command: ConcludeRollout, state: Live) -> Decision:
    if state.rollout is None or state.rollout.deployment_id != command.deployment_id:
        return Conflicting(state="not_deploying", message="This rollout is not in progress.")
    if command.succeeded:
        return (
            RolloutSucceeded(service_id=command.service_id, deployment_id=command.deployment_id),
        )
    return (
        RolloutFailed(
            service_id=command.service_id,
            deployment_id=command.deployment_id,
            reason=command.reason,
            message=command.message,
            last_probe=command.last_probe,
            exit_cause=command.exit_cause,
            log_tail=command.log_tail,
        ),
    )


def _started(
    service_id: str, deployment_id: str, revision: int, trigger: Trigger, commit: str | None
) -> RolloutStarted:
    return RolloutStarted(
        service_id=service_id,
        deployment_id=deployment_id,
        revision=revision,
        trigger=trigger,
        commit=commit,
    )


def _deploying() -> Conflicting:
    return Conflicting(state="deploying", message="A deployment is in progress.")


def _normal(workload: Workload) -> Workload:
    """Domains are claimed and routed in one form only: two spellings of a host are one host."""
    if workload.custom_domain is None:
        return workload
    return replace(workload, custom_domain=host_of(workload.custom_domain))

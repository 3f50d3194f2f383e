"""services: service, deployment and replica rows. Fed by service, replica, scaling, watch and
custom domain events.

A replica's event also refreshes its service's counts and status, where they change."""

from typing import Any, assert_never

from services.query.view import Write
from services.query.views.services.conversation_tags import tags_set
from services.query.views.services.replicas import of_replica
from services.query.views.services.watches import of_custom_domain, of_watch
from shared.domain.scaling.events import PlacementChanged, ScalingDecided
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
from shared.domain.service.workload import Workload, replicas_wanted
from shared.envelope.codec import encode
from shared.envelope.event import EventEnvelope
from shared.kernel.json import dumps

_KEPT: dict[str, Any] = {
    "new_revision": None,
    "new_workload": None,
    "new_min": None,
    "new_max": None,
    "new_rollout": None,
    "new_reason": None,
    "new_message": None,
    "new_deployment_id": None,
    "new_serving_id": None,
    "new_name": None,
    "new_slug": None,
    "new_description": None,
    "new_labels": None,
    "new_registration": None,
    "new_conversation": None,
    "new_participation": None,
}


def project(event: object, envelope: EventEnvelope) -> tuple[Write, ...]:
    if envelope.stream_type == "service":
        return _of_service(event, envelope)  # type: ignore[arg-type]  # the stream's type says so
    if envelope.stream_type == "scaling":
        return _of_scaling(event, envelope)
    if envelope.stream_type == "watch":
        return of_watch(event, envelope)  # type: ignore[arg-type]  # the stream's type says so
    if envelope.stream_type == "custom_domain":
        return of_custom_domain(event, envelope)  # type: ignore[arg-type]  # the stream's type
    return of_replica(event, envelope)  # type: ignore[arg-type]  # the stream's type says so


def _of_scaling(event: object, envelope: EventEnvelope) -> tuple[Write, ...]:
    match event:
        case ScalingDecided():
            return (_scaled(event, envelope),)
        case PlacementChanged():
            row = {
                "service_id": event.service_id,
                "position": envelope.position,
                "why": event.why or None,
            }
            return (Write(statement="set_placement", key=event.service_id, row=row),)
        case _:
            return ()


def _scaled(event: ScalingDecided, envelope: EventEnvelope) -> Write:
    return Write(
        statement="scale_service",
        key=event.service_id,
        row={
            "service_id": event.service_id,
            "position": envelope.position,
            "at": envelope.at,
            "desired": event.desired,
        },
    )


def _of_service(event: ServiceEvent, envelope: EventEnvelope) -> tuple[Write, ...]:
    match event:
        case ServiceRegistered():
            return (
                _inserted(event, envelope),
                _counted(event),
                *tags_set(event.service_id, event.conversation, envelope),
            )
        case ServiceRevised():
            return (
                _changed(
                    event.service_id,
                    envelope,
                    new_name=event.name,
                    new_slug=event.slug,
                    new_description=event.description,
                    new_labels=dumps(event.labels),
                ),
            )
        case RegistrationRevised():
            facet = {"new_registration": _json(event.registration)}
            return (_changed(event.service_id, envelope, **facet),)
        case ConversationRevised():
            facet = {"new_conversation": _json(event.conversation)}
            return (
                _changed(event.service_id, envelope, **facet),
                *tags_set(event.service_id, event.conversation, envelope),
            )
        case ParticipationRevised():
            facet = {"new_participation": _json(event.participation)}
            return (_changed(event.service_id, envelope, **facet),)
        case WorkloadRevised():
            return (
                _changed(
                    event.service_id,
                    envelope,
                    new_revision=event.revision,
                    new_workload=_json(event.workload),
                    new_min=event.workload.replicas_min,
                    new_max=event.workload.replicas_max,
                ),
            )
        case RolloutStarted():
            return _rollout_started(event, envelope)
        case RolloutSourced():
            return (
                _changed(event.service_id, envelope),
                _deployment(event, envelope, status="in_progress", new_commit=event.commit),
            )
        case RolloutSucceeded():
            return (
                _changed(
                    event.service_id,
                    envelope,
                    new_rollout="succeeded",
                    new_reason="",
                    new_message="",
                    new_serving_id=event.deployment_id,
                ),
                _deployment(event, envelope, status="succeeded"),
            )
        case RolloutFailed():
            return _rollout_failed(event, envelope)
        case ServiceRemoved():
            row = {
                "service_id": event.service_id,
                "position": envelope.position,
                "force": event.force,
            }
            return (
                Write(statement="count_removal", key=event.service_id, row=row),
                # Closed, not deleted: the past stays readable.
                Write(statement="close_service", key=event.service_id, row=row),
                Write(statement="close_deployments", key=event.service_id, row=row),
                Write(statement="close_conversation_tags", key=event.service_id, row=row),
            )
        case _:
            assert_never(event)


def _inserted(event: ServiceRegistered, envelope: EventEnvelope) -> Write:
    workload = event.workload
    return Write(
        statement="insert_service",
        key=event.service_id,
        row={
            "service_id": event.service_id,
            "position": envelope.position,
            "at": envelope.at,
            "account_id": envelope.account_id,
            "project_id": event.project_id,
            "name": event.name,
            "slug": event.slug,
            "description": event.description,
            "labels": dumps(event.labels),
            "version": envelope.version,
            "workload": _facet(workload),
            "replicas_wanted": 0 if workload is None else replicas_wanted(workload),
            "registration": _facet(event.registration),
            "conversation": _facet(event.conversation),
            "participation": _facet(event.participation),
            "actor": envelope.actor,
        },
    )


def _counted(event: ServiceRegistered) -> Write:
    row = {"project_id": event.project_id}
    return Write(statement="count_registration", key=event.service_id, row=row)


def _rollout_started(event: RolloutStarted, envelope: EventEnvelope) -> tuple[Write, ...]:
    return (
        _changed(
            event.service_id,
            envelope,
            new_rollout="in_progress",
            new_reason="",
            new_message="",
            new_deployment_id=event.deployment_id,
        ),
        Write(
            statement="insert_deployment",
            key=event.service_id,
            row={
                "service_id": event.service_id,
                "deployment_id": event.deployment_id,
                "position": envelope.position,
                "at": envelope.at,
                "revision": event.revision,
                "trigger": event.trigger,
                "commit": event.commit,
            },
        ),
    )


def _rollout_failed(event: RolloutFailed, envelope: EventEnvelope) -> tuple[Write, ...]:
    return (
        _changed(
            event.service_id,
            envelope,
            new_rollout="failed",
            new_reason=event.reason,
            new_message=event.message,
        ),
        _deployment(
            event,
            envelope,
            status="failed",
            reason=event.reason,
            message=event.message,
            last_probe=event.last_probe,
            exit_cause=event.exit_cause,
            log_tail=dumps(event.log_tail),
        ),
    )


def _changed(service_id: str, envelope: EventEnvelope, **changes: Any) -> Write:
    return Write(
        statement="change_service",
        key=service_id,
        row={
            **_KEPT,
            "service_id": service_id,
            "position": envelope.position,
            "at": envelope.at,
            "version": envelope.version,
            # Machines report; only people change what a service is.
            "new_actor": None if envelope.actor.startswith("process:") else envelope.actor,
            **changes,
        },
    )


def _deployment(
    event: RolloutSourced | RolloutSucceeded | RolloutFailed,
    envelope: EventEnvelope,
    **changes: Any,
) -> Write:
    return Write(
        statement="change_deployment",
        key=event.service_id,
        row={
            "deployment_id": event.deployment_id,
            "position": envelope.position,
            "at": envelope.at,
            "new_commit": None,
            "reason": "",
            "message": "",
            "last_probe": "",
            "exit_cause": "",
            "log_tail": "[]",
            **changes,
        },
    )


def _facet(facet: Workload | Registration | Conversation | Participation | None) -> str | None:
    return None if facet is None else _json(facet)


def _json(facet: Workload | Registration | Conversation | Participation) -> str:
    return encode(facet).decode()

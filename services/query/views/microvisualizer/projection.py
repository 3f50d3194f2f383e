"""microvisualizer: what people see of a service there, and who changed it. Fed by service and
project events; what only concerns running (rollouts, replicas, counts) leaves no trace here."""

from typing import Any

from services.query.view import Write
from shared.domain.project.events import (
    ProjectCreated,
    ProjectPinned,
    ProjectRemoved,
    ProjectRevised,
    ProjectShared,
    ProjectUnpinned,
    ProjectUnshared,
)
from shared.domain.service.events import (
    ParticipationRevised,
    ServiceRegistered,
    ServiceRemoved,
    ServiceRevised,
)
from shared.domain.service.facets.participation import Participation
from shared.envelope.codec import encode
from shared.envelope.event import EventEnvelope


def project(event: object, envelope: EventEnvelope) -> tuple[Write, ...]:
    if envelope.stream_type == "project":
        return _of_project(event, envelope)
    return _of_service(event, envelope)


def _of_service(event: object, envelope: EventEnvelope) -> tuple[Write, ...]:
    match event:
        case ServiceRegistered():
            return (
                _write(
                    "insert_snapshot",
                    event.service_id,
                    envelope,
                    service_id=event.service_id,
                    project_id=event.project_id,
                    slug=event.slug,
                    name=event.name,
                    description=event.description,
                    participation=_json(event.participation),
                ),
                _change(event.service_id, envelope, "CREATE"),
            )
        case ServiceRevised():
            if set(event.changed) <= {"labels"}:
                return ()  # Labels are not shown there.
            return _revised(
                event.service_id,
                envelope,
                slug=event.slug,
                name=event.name,
                description=event.description,
            )
        case ParticipationRevised():
            return _revised(event.service_id, envelope, participation=_json(event.participation))
        case ServiceRemoved():
            return (
                # Closed, not deleted: the past stays readable.
                _write("close_snapshot", event.service_id, envelope, service_id=event.service_id),
                _change(event.service_id, envelope, "DELETE"),
            )
        case _:
            return ()  # Rollouts and other facets.


def _revised(service_id: str, envelope: EventEnvelope, **changes: Any) -> tuple[Write, ...]:
    kept = {"slug": None, "name": None, "description": None, "participation": None}
    row = {**kept, **changes, "service_id": service_id}
    return (
        _write("change_snapshot", service_id, envelope, **row),
        _change(service_id, envelope, "UPDATE"),
    )


def _change(service_id: str, envelope: EventEnvelope, kind: str) -> Write:
    return _write(
        "insert_change",
        service_id,
        envelope,
        service_id=service_id,
        command_id=envelope.command_id,
        change_id=envelope.event_id,
        kind=kind,
    )


def _of_project(event: object, envelope: EventEnvelope) -> tuple[Write, ...]:
    match event:
        case ProjectCreated():
            return (
                _write(
                    "insert_profile",
                    event.project_id,
                    envelope,
                    project_id=event.project_id,
                    account_id=event.account_id,
                    handle=event.handle,
                    name=event.name,
                    description=event.description,
                ),
            )
        case ProjectRevised():
            return (
                _write(
                    "revise_profile",
                    event.project_id,
                    envelope,
                    project_id=event.project_id,
                    name=event.name,
                    description=event.description,
                    archived=event.archived,
                ),
            )
        case ProjectPinned() | ProjectUnpinned():
            statement = "insert_pin" if isinstance(event, ProjectPinned) else "close_pin"
            return (
                _write(
                    statement,
                    event.project_id,
                    envelope,
                    project_id=event.project_id,
                    principal_id=event.principal_id,
                ),
            )
        case ProjectShared():
            return (
                _write("close_share", event.project_id, envelope, project_id=event.project_id),
                _write(
                    "insert_share",
                    event.project_id,
                    envelope,
                    project_id=event.project_id,
                    account_id=envelope.account_id,
                    secret_id=event.token.secret_id,
                    digest=event.digest,
                ),
            )
        case ProjectUnshared():
            return (_write("close_share", event.project_id, envelope, project_id=event.project_id),)
        case ProjectRemoved():
            return (
                _write("close_profile", event.project_id, envelope, project_id=event.project_id),
                _write("close_share", event.project_id, envelope, project_id=event.project_id),
            )
        case _:
            return ()  # Collaborators: who may do what is the access index's business.


def _write(statement: str, key: str, envelope: EventEnvelope, **row: Any) -> Write:
    return Write(
        statement=statement,
        key=key,
        row={
            "position": envelope.position,
            "at": envelope.at,
            "actor": envelope.actor,
            "credential_id": envelope.credential_id,
            **row,
        },
    )


def _json(participation: Participation | None) -> str | None:
    return None if participation is None else encode(participation).decode()

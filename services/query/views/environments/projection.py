"""environments: rows of environments and of their revisions, which are as their builds are.

Fed by environment events, and by those of executions that build one."""

from typing import Any, assert_never, get_args

from services.query.view import Write
from shared.domain.environment.events import (
    EnvironmentArchived,
    EnvironmentCreated,
    EnvironmentEvent,
    RevisionAdded,
    RevisionRestricted,
)
from shared.domain.execution.commands import Outcome, Stage
from shared.domain.execution.events import ExecutionAdvanced, ExecutionConcluded
from shared.envelope.codec import encode
from shared.envelope.event import EventEnvelope
from shared.kernel.json import dumps
from shared.queries.environments import BuildStatus

STATUS_OF_STAGE: dict[Stage, BuildStatus] = {
    "queued": "queued",
    "pulling": "pulling",
    "preparing": "starting",
    "running": "building",
    "finishing": "pushing",
}
STATUS_OF_OUTCOME: dict[Outcome, BuildStatus] = {
    "succeeded": "succeeded",
    "failed": "failed",
    "error": "failed",
    "stopped": "killed",
}


def project(event: object, envelope: EventEnvelope) -> tuple[Write, ...]:
    if isinstance(event, get_args(EnvironmentEvent)):
        return _of_environment(event, envelope)
    return _of_build(event, envelope)


def _of_environment(event: EnvironmentEvent, envelope: EventEnvelope) -> tuple[Write, ...]:
    match event:
        case EnvironmentCreated():
            row = {
                "account_id": event.account_id,
                "name": event.name,
                "description": event.description,
                "visibility": event.visibility,
                "is_curated": event.is_curated,
                "is_default": event.is_default,
                "duplicate_of": event.duplicate_of,
            }
            row |= {"id": event.environment_id}
            return (_write("insert_environment", event.environment_id, envelope, **row),)
        case RevisionAdded():
            row = {
                "build_id": event.build_id,
                "revision_id": event.revision_id,
                "environment_id": event.environment_id,
                "account_id": event.account_id,
                "number": event.number,
                "revision": encode(event.revision).decode(),
            }
            return (
                _write("insert_revision", event.build_id, envelope, **row),
                _change(event.environment_id, envelope, latest_id=event.revision_id),
            )
        case RevisionRestricted():
            return (_change(event.environment_id, envelope, restricted_id=event.revision_id),)
        case EnvironmentArchived():
            return (_change(event.environment_id, envelope, is_archived=True),)
        case _:
            assert_never(event)


def _of_build(event: object, envelope: EventEnvelope) -> tuple[Write, ...]:
    match event:
        case ExecutionAdvanced(project_id=None):
            status, reason, message = STATUS_OF_STAGE[event.stage], "", event.message
            image = ""
        case ExecutionConcluded(project_id=None):
            status = STATUS_OF_OUTCOME[event.outcome]
            reason, message, image = event.reason, event.message, event.image
        case _:
            return ()  # Of a job, or of what people do with one.
    row = {
        "build_id": event.execution_id,
        "status": status,
        "reason": reason,
        "message": message,
        "image": image,
    }
    return (_write("change_revision", event.execution_id, envelope, **row),)


def _change(environment_id: str, envelope: EventEnvelope, **changes: Any) -> Write:
    row = {"id": environment_id, "changes": dumps(changes)}
    return _write("change_environment", environment_id, envelope, **row)


def _write(statement: str, key: str, envelope: EventEnvelope, **row: Any) -> Write:
    return Write(
        statement=statement,
        key=key,
        row={"position": envelope.position, "at": envelope.at, **row},
    )

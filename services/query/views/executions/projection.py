"""executions: one row per execution and state of it. Fed by execution and project events."""

from typing import Any, assert_never, get_args

from services.query.view import Write
from services.query.views.executions.places import of_place
from shared.domain.execution.events import (
    BuildRequested,
    ExecutionAdvanced,
    ExecutionArchived,
    ExecutionConcluded,
    ExecutionEvent,
    GoalLinked,
    GoalUnlinked,
    JobRequested,
    StopRequested,
    TagAdded,
    TagRemoved,
)
from shared.envelope.event import EventEnvelope
from shared.kernel.json import dumps


def project(event: object, envelope: EventEnvelope) -> tuple[Write, ...]:
    if not isinstance(event, get_args(ExecutionEvent)):
        return of_place(event, envelope)
    match event:
        case JobRequested():
            return (_job(event, envelope),)
        case BuildRequested():
            return (_build(event, envelope),)
        case ExecutionAdvanced():
            return (_change(envelope, **_advanced(event, envelope)),)
        case ExecutionConcluded():
            return (_change(envelope, **_concluded(event, envelope)),)
        case StopRequested():
            return (_change(envelope, is_stopping=True, keeps_results=event.keeps_results),)
        case TagAdded():
            tag = {
                "id": event.tag_id,
                "name": event.name,
                "creator_id": envelope.actor.partition(":")[2],
                "created_at": envelope.at,
            }
            return (_write("add_tag", envelope, tag=dumps([tag])),)
        case TagRemoved():
            return (_write("remove_tag", envelope, tag_id=event.tag_id),)
        case GoalLinked():
            return (_write("link_goal", envelope, goal_id=event.goal_id),)
        case GoalUnlinked():
            return (_write("unlink_goal", envelope, goal_id=event.goal_id),)
        case ExecutionArchived():
            return (_change(envelope, is_archived=event.is_archived),)
        case _:
            assert_never(event)


def _job(event: JobRequested, envelope: EventEnvelope) -> Write:
    return _write(
        "insert_execution",
        envelope,
        kind="job",
        project_id=event.project_id,
        number=0,
        title=event.title,
        command=event.command,
        tier_id=event.tier_id,
        environment_id=event.environment_id,
        revision_id=event.revision_id,
        commit=event.commit,
        ref=None if event.ref is None else dumps(event.ref),
        started_by=event.started_by,
        details=dumps(event.details),
    )


def _build(event: BuildRequested, envelope: EventEnvelope) -> Write:
    return _write(
        "insert_execution",
        envelope,
        kind="build",
        project_id=None,
        number=event.number,
        title="",
        command="",
        tier_id=None,
        environment_id=event.environment_id,
        revision_id=event.revision_id,
        commit="",
        ref=None,
        started_by="",
        details="{}",
    )


def _advanced(event: ExecutionAdvanced, envelope: EventEnvelope) -> dict[str, Any]:
    changes: dict[str, Any] = {"stage": event.stage, "message": event.message}
    if event.commit:
        changes["commit"] = event.commit
    if event.node:
        changes["node"] = event.node
    if event.stage == "pulling":
        changes["began_at"] = envelope.at
    if event.stage == "running":
        changes["started_at"] = envelope.at
    return changes


def _concluded(event: ExecutionConcluded, envelope: EventEnvelope) -> dict[str, Any]:
    return {
        "outcome": event.outcome,
        "ended_at": envelope.at,
        "reason": event.reason,
        "message": event.message,
        "code": event.code,
        "signal": event.signal,
        "cpu_percent": event.cpu_percent,
        "memory_bytes": event.memory_bytes,
        "seconds": event.seconds,
        "output_commit": event.output_commit,
        "branch": event.branch,
        "stats": dict(event.stats),
        "log_tail": event.log_tail,
    }


def _change(envelope: EventEnvelope, **changes: Any) -> Write:
    return _write("change_execution", envelope, changes=dumps(changes))


def _write(statement: str, envelope: EventEnvelope, **row: Any) -> Write:
    """First rows of jobs are put together in the order of their events: so they are counted."""
    return Write(
        statement=statement,
        key=envelope.stream_id,
        row={
            "id": envelope.stream_id,
            "position": envelope.position,
            "at": envelope.at,
            "account_id": envelope.account_id,
            **row,
        },
    )

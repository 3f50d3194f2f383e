"""Between `/ops` and the audit questions: moments in, patches and people out."""

import re
from typing import Any

from services.gateway.surfaces.ops.history import event_of, refused
from services.gateway.surfaces.ops.resources.time import wire
from shared.domain.principal.commands import RevisePrincipal
from shared.domain.project.commands import ReviseProject
from shared.domain.service.commands import RestoreService
from shared.kernel.time import format_rfc3339, parse_rfc3339
from shared.kernel.unset import UNSET
from shared.queries.audit import (
    NOW,
    AuditEvent,
    BlameDocument,
    BlameLine,
    Change,
    DiffDocument,
    Incident,
    Instant,
    RestorePlan,
    StateDocument,
    TimelineDocument,
    WhyDocument,
)

_POSITION = re.compile(r"[0-9]{1,18}\Z")


def instant(field: str, text: str | None) -> Instant:
    if text is None:
        return NOW
    if _POSITION.match(text):
        return Instant(position=int(text))
    time = parse_rfc3339(text)
    if time is None:
        raise refused(field, "must be an RFC 3339 time or a log position")
    return Instant(time=time)


def from_state(document: StateDocument) -> wire.State:
    return wire.State(
        kind=document.kind,
        id=document.id,
        position=document.position,
        at=format_rfc3339(document.at),
        state=document.state,
    )


def from_diff(document: DiffDocument) -> wire.Diff:
    return wire.Diff(
        kind=document.kind,
        id=document.id,
        start=document.start,
        to=document.end,
        patch=_patch(document.changes),
        changes=[_change(change) for change in document.changes],
    )


def _patch(changes: tuple[Change, ...]) -> list[dict[str, Any]]:
    return [
        {"op": each.op, "path": each.path} | ({} if each.op == "remove" else {"value": each.after})
        for each in changes
    ]


def _change(change: Change) -> wire.Change:
    return wire.Change(
        op=change.op,
        path=change.path,
        before=change.before,
        after=change.after,
        words=change.words,
        by=_by(change.by),
    )


def _by(event: AuditEvent | BlameLine) -> wire.By:
    return wire.By(
        position=event.position,
        at=format_rfc3339(event.at),
        type=event.type,
        actor=event.actor,
        actor_name=event.actor_name,
        surface=event.surface,
        command_id=event.command_id,
        correlation_id=event.correlation_id,
        reason=event.reason,
    )


def from_blame(document: BlameDocument) -> wire.Blame:
    return wire.Blame(
        kind=document.kind,
        id=document.id,
        data=[
            wire.BlameLine(path=line.path, value=line.value, by=_by(line))
            for line in document.lines
        ],
    )


def from_why(document: WhyDocument) -> wire.Why:
    return wire.Why(
        data=[
            wire.Cause(
                because=link.because if link.event is not None else "was caused in another account",
                event=None if link.event is None else event_of(link.event).model_dump(),
            )
            for link in document.links
        ],
        root=document.root,
    )


def from_timeline(document: TimelineDocument) -> wire.Timeline:
    return wire.Timeline(
        data=[event_of(event).model_dump() for event in document.events],
        incidents=[_incident(incident) for incident in document.incidents],
        next_after=document.next_after,
    )


def _incident(document: Incident) -> wire.Incident:
    return wire.Incident(
        opened_position=document.opened_position,
        opened_at=format_rfc3339(document.opened_at),
        closed_position=document.closed_position,
        closed_at=None if document.closed_at is None else format_rfc3339(document.closed_at),
        status=document.status,
        cause=document.cause,
        seconds=document.seconds,
    )


def to_restore(plan: RestorePlan, *, deployment_id: str) -> Any:
    """The command that makes the plan true."""
    if plan.service is not None and plan.project_id is not None:
        wanted = plan.service
        return RestoreService(
            service_id=plan.id,
            project_id=plan.project_id,
            deployment_id=deployment_id,
            name=wanted.name,
            slug=wanted.slug,
            description=wanted.description,
            labels=wanted.labels,
            workload=wanted.workload,
            registration=wanted.registration,
            conversation=wanted.conversation,
            participation=wanted.participation,
        )
    if plan.names is None:
        raise TypeError("a plan of nothing")
    name = UNSET if plan.names.name is None else plan.names.name
    if plan.kind == "project":
        return ReviseProject(project_id=plan.id, name=name, description=plan.names.text or "")
    email = UNSET if plan.names.keeps_text else plan.names.text
    return RevisePrincipal(principal_id=plan.id, name=name, email=email)


def from_plan(plan: RestorePlan, *, position: int | None = None) -> wire.RestorePlan:
    return wire.RestorePlan(
        kind=plan.kind,
        id=plan.id,
        now=plan.now,
        to=plan.to,
        revives=plan.revives,
        patch=_patch(plan.changes),
        changes=[_change(change) for change in plan.changes],
        left=list(plan.left),
        position=position,
    )

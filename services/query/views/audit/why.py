"""Why something happened: from an effect, cause by cause, to the person or push that began it.

A command carries what caused it. Where it carries nothing (a leader that had just begun), the
cause is found by what the events mean: a replica runs because of its deployment's rollout. What
lies in an account that the asker may not see is cut to "another account"."""

from dataclasses import dataclass

from services.query.asked import Asked, Row
from services.query.views.audit.personal import readable
from services.query.views.audit.read import event_of, events_of
from services.query.views.audit.sight import OF_SERVICES, may_see_stream, projects_of
from shared.domain.rejections import Invalid, NotFound
from shared.queries.audit import AuditEvent, GetWhy, WhyDocument, WhyLink

LINKS_MAX = 50


@dataclass(frozen=True, slots=True)
class _Cause:
    event: AuditEvent
    because: str


async def get_why(question: GetWhy, asked: Asked) -> WhyDocument | NotFound | Invalid:
    effect = await _effect(question, asked)
    if not isinstance(effect, AuditEvent):
        return effect
    if not await _visible(effect, asked):
        # In the words for what nobody has: else it would tell that it is there, and where.
        if question.replica_id is not None:
            return NotFound(kind="replica", key=question.replica_id)
        return NotFound(kind="event", key=str(effect.position))
    links = [WhyLink(because="", event=effect)]
    around = await _around(effect, asked)
    service_id = service_of(effect)
    event = effect
    while len(links) < LINKS_MAX:
        cause = await _cause_of(event, around, asked)
        if cause is None:
            return WhyDocument(links=tuple(links), root=_root(event))
        # What happened to one and the same service is visible or not, all of it.
        is_same = service_id is not None and service_of(cause.event) == service_id
        if not is_same and not await _visible(cause.event, asked):
            links.append(WhyLink(because=cause.because, event=None))
            return WhyDocument(links=tuple(links), root="Something in another account.")
        links.append(WhyLink(because=cause.because, event=cause.event))
        event = cause.event
    return WhyDocument(links=tuple(links), root=f"More than {LINKS_MAX} causes, one of another.")


async def _effect(question: GetWhy, asked: Asked) -> AuditEvent | NotFound | Invalid:
    if question.replica_id is not None:
        stream = f"replica-{question.replica_id}"
        rows = await asked.rows(
            "list_events_of_stream", stream=stream, after=0, until=asked.moment.position, limit=1
        )
        if not rows:
            return NotFound(kind="replica", key=question.replica_id)
        return event_of(rows[0], asked)
    if question.position is None or question.position < 1:
        return Invalid(field="position", message="must be a position of the log")
    row = await asked.row("get_event", position=question.position)
    if row is None or question.position > asked.moment.position:
        return NotFound(kind="event", key=str(question.position))
    return await _event(row, asked)


async def _event(row: Row, asked: Asked) -> AuditEvent:
    (event,) = await readable([event_of(row, asked)], asked)
    return event


def service_of(event: AuditEvent) -> str | None:
    if event.stream.partition("-")[0] in OF_SERVICES:
        service_id = event.data.get("service_id")
        return service_id if isinstance(service_id, str) else None
    return None


async def _visible(event: AuditEvent, asked: Asked) -> bool:
    service_id = service_of(event)
    projects = {} if service_id is None else await projects_of((service_id,), asked)
    project = None if service_id is None else projects.get(service_id)
    return may_see_stream(event.stream, project, event.account_id, asked, service_id=service_id)


async def _around(effect: AuditEvent, asked: Asked) -> list[AuditEvent]:
    """What happened to the same service until then: there most causes lie."""
    service_id = service_of(effect)
    if service_id is None:
        return []
    return [e async for e in events_of("service", service_id, asked, until=effect.position)]


async def _cause_of(event: AuditEvent, around: list[AuditEvent], asked: Asked) -> _Cause | None:
    before = [each for each in around if each.position < event.position]
    if event.causation_id is not None:
        told = _told(event, before)
        if told is None:
            row = await asked.row(
                "list_causes",
                correlation_id=event.correlation_id,
                causation_id=event.causation_id,
                before=event.position,
            )
            told = None if row is None else await _event(row, asked)
        if told is not None:
            return _Cause(told, "was caused by")
    return _meant(event, before)


def _told(event: AuditEvent, before: list[AuditEvent]) -> AuditEvent | None:
    for each in reversed(before):
        if event.causation_id in (each.command_id, each.event_id):
            return each
    return None


def _meant(event: AuditEvent, before: list[AuditEvent]) -> _Cause | None:
    match event.type:
        case "replica.started":
            return _of_start(event, before)
        case "replica.drained":
            return _of_drain(event, before) or _of_same_replica(event, before)
        case "replica.became_ready" | "replica.became_unready" | "replica.stopped":
            return _of_same_replica(event, before)
        case "service.rollout_sourced" | "service.rollout_succeeded" | "service.rollout_failed":
            return _rollout(event.data["deployment_id"], before)
        case _:
            return _same_command(event, before)


def _of_start(event: AuditEvent, before: list[AuditEvent]) -> _Cause | None:
    """A start again follows from the end of the one before it, at the same place."""
    place = (event.data["deployment_id"], event.data["ordinal"])
    at_place = {
        each.stream
        for each in before
        if each.type == "replica.started"
        and (each.data["deployment_id"], each.data["ordinal"]) == place
    }
    for each in reversed(before):
        if each.type == "replica.stopped" and each.stream in at_place:
            return _Cause(each, "took the place of a replica that ended")
    return _rollout(place[0], before)


def _of_drain(event: AuditEvent, before: list[AuditEvent]) -> _Cause | None:
    wanted = {"rollout": "service.rollout_started", "removed": "service.removed"}
    type_ = wanted.get(event.data["reason"])
    return _newest(type_, "made way for", before) if type_ is not None else None


def _of_same_replica(event: AuditEvent, before: list[AuditEvent]) -> _Cause | None:
    for each in reversed(before):
        if each.stream == event.stream:
            return _Cause(each, "happened to the same replica after")
    return None


def _rollout(deployment_id: str, before: list[AuditEvent]) -> _Cause | None:
    for each in before:
        if each.type == "service.rollout_started" and each.data["deployment_id"] == deployment_id:
            return _Cause(each, "belongs to the rollout")
    return None


def _same_command(event: AuditEvent, before: list[AuditEvent]) -> _Cause | None:
    for each in reversed(before):
        if each.command_id == event.command_id and each.stream == event.stream:
            return _Cause(each, "follows, in the same command, from")
    return None


def _newest(type_: str, because: str, before: list[AuditEvent]) -> _Cause | None:
    for each in reversed(before):
        if each.type == type_:
            return _Cause(each, because)
    return None


def _root(event: AuditEvent) -> str:
    reason = f" Reason: {event.reason}" if event.reason else ""
    if event.type == "service.rollout_started" and event.data.get("trigger") == "push":
        commit = event.data.get("commit") or "of a new commit"
        return f"A push ({commit[:12]}), seen by {event.actor_name}.{reason}"
    return f"{event.actor_name}, through {event.surface}: {event.words}{reason}"

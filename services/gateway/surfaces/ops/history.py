"""What happened to one thing: a page of the log, by position, and an event as `/ops` shows it."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from services.gateway.call import Call
from services.gateway.parameters import Query, QueryInt, read_query
from services.gateway.refusals import BadFields, Refused
from shared.kernel.time import format_rfc3339, parse_rfc3339
from shared.queries.audit import AuditEvent, AuditPage, ListHistory

LIMIT_MAX = 500
TEXT_MAX = 500


class HistoryQuery(Query):
    after: QueryInt = Field(0, description="Only events after this position.")
    limit: QueryInt = Field(100, json_schema_extra={"minimum": 1, "maximum": LIMIT_MAX})
    actor: str | None = Field(None, description="Handle, id, or as recorded (`user:<id>`).")
    type: str | None = Field(None, description="A type of event, or all of one: `replica.*`.")
    field: str | None = Field(None, description="What changed, or a part of it: `/workload/env`.")
    since: str | None = Field(None, description="RFC 3339; not before.")
    until: str | None = Field(None, description="RFC 3339; not after.")


class Event(BaseModel):
    """`changed` are JSON pointers into the state; `words` says it for people."""

    position: int
    at: str
    type: str
    words: str
    stream: str
    version: int
    event_id: str
    actor: str
    actor_name: str
    credential_id: str | None
    surface: str
    command_id: str
    correlation_id: str
    causation_id: str | None
    reason: str | None
    changed: list[str]
    data: dict[str, Any]


class History(BaseModel):
    """`next_after` is null on the last page."""

    data: list[Event]
    next_after: int | None


async def history_of(call: Call, kind: str, subject_id: str) -> History:
    _ = call.signed_in
    query = read_query(call.parameters(), HistoryQuery)
    if not 1 <= query.limit <= LIMIT_MAX:
        raise refused("limit", f"must be from 1 to {LIMIT_MAX}")
    question = ListHistory(
        kind=kind,
        id=subject_id,
        after=query.after,
        limit=query.limit,
        actor=query.actor,
        type=query.type,
        field=query.field,
        since=time_of("since", query.since),
        until=time_of("until", query.until),
    )
    page = await call.ask(question, AuditPage)
    return History(data=[event_of(item) for item in page.items], next_after=page.next_after)


def time_of(field: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    time = parse_rfc3339(text)
    if time is None:
        raise refused(field, "must be an RFC 3339 time")
    return time


def refused(field: str, message: str) -> Refused:
    return Refused(BadFields(problems=((field, message),)))


def event_of(document: AuditEvent) -> Event:
    return Event(
        position=document.position,
        at=format_rfc3339(document.at),
        type=document.type,
        words=document.words,
        stream=document.stream,
        version=document.version,
        event_id=document.event_id,
        actor=document.actor,
        actor_name=document.actor_name,
        credential_id=document.credential_id,
        surface=document.surface,
        command_id=document.command_id,
        correlation_id=document.correlation_id,
        causation_id=document.causation_id,
        reason=document.reason,
        changed=list(document.changed),
        data=document.data,
    )

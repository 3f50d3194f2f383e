"""What happened to one thing: a page of the log, by position."""

from typing import Any

from pydantic import BaseModel, Field

from services.gateway.call import Call
from services.gateway.parameters import Query, QueryInt, read_query
from services.gateway.refusals import BadFields, Refused
from shared.kernel.time import format_rfc3339
from shared.queries.history import EventDocument, GetHistory, HistoryPage

LIMIT_MAX = 500


class HistoryQuery(Query):
    after: QueryInt = Field(0, description="Only events after this position.")
    limit: QueryInt = Field(100, json_schema_extra={"minimum": 1, "maximum": LIMIT_MAX})


class Event(BaseModel):
    position: int
    at: str
    type: str
    stream: str
    version: int
    actor: str
    credential_id: str | None
    surface: str
    command_id: str
    correlation_id: str
    causation_id: str | None
    reason: str | None
    data: dict[str, Any]


class History(BaseModel):
    """`next_after` is null on the last page."""

    data: list[Event]
    next_after: int | None


async def history_of(call: Call, kind: str, subject_id: str) -> History:
    query = read_query(call.parameters(), HistoryQuery)
    if not 1 <= query.limit <= LIMIT_MAX:
        raise Refused(BadFields(problems=(("limit", f"must be from 1 to {LIMIT_MAX}"),)))
    question = GetHistory(
        subject_kind=kind, subject_id=subject_id, after_position=query.after, limit=query.limit
    )
    page = await call.ask(question, HistoryPage)
    return History(data=[_event(item) for item in page.items], next_after=page.next_after_position)


def _event(document: EventDocument) -> Event:
    return Event(
        position=document.position,
        at=format_rfc3339(document.at),
        type=document.type,
        stream=document.stream,
        version=document.version,
        actor=document.actor,
        credential_id=document.credential_id,
        surface=document.surface,
        command_id=document.command_id,
        correlation_id=document.correlation_id,
        causation_id=document.causation_id,
        reason=document.reason,
        data=document.data,
    )

"""What happened to a service, a principal or a project: events as recorded, removed ones too."""

from pathlib import Path
from typing import Any

from services.query.asked import Asked, Row
from services.query.view import View
from services.query.views.history.projection import project
from shared.domain.rejections import Invalid, NotFound
from shared.kernel.json import loads
from shared.queries.history import EventDocument, GetHistory, HistoryPage

LIMIT_MAX = 1000


async def get_history(question: GetHistory, asked: Asked) -> HistoryPage | NotFound | Invalid:
    kind, id_ = question.subject_kind, question.subject_id
    if kind not in ("service", "project", "principal"):
        return Invalid(field="subject_kind", message="must be service, project or principal")
    if not await _may_see(kind, id_, asked):
        return NotFound(kind=kind, key=id_)
    limit = min(max(question.limit, 1), LIMIT_MAX)
    span = {
        "after": max(question.after_position, 0),
        "until": asked.moment.position,
        "limit": limit + 1,  # One more tells whether there is a next page.
    }
    if kind == "service":
        rows = await asked.rows("list_events_of_service", service_id=id_, **span)
    else:
        rows = await asked.rows("list_events_of_stream", stream=f"{kind}-{id_}", **span)
    items = tuple(_event(row) for row in rows[:limit])
    return HistoryPage(
        items=items, next_after_position=items[-1].position if len(rows) > limit else None
    )


async def _may_see(kind: str, id_: str, asked: Asked) -> bool:
    index, me = asked.index, asked.asker.id
    match kind:
        case "service":
            row = await asked.row("get_project_of_service", service_id=id_)
            return row is not None and asked.may("service.read", row[0], id_)
        case "project":
            return asked.may("project.read", id_)
        case _:
            principal = index.principals.get(id_)
            return principal is not None and (
                id_ == me or index.may_in_account(me, "account.read", id_)
            )


def _event(row: Row) -> EventDocument:
    return EventDocument(
        position=row[0],
        at=row[1],
        type=row[2],
        stream=row[3],
        version=row[4],
        actor=row[5],
        credential_id=row[6],
        surface=row[7],
        command_id=row[8],
        correlation_id=row[9],
        causation_id=row[10],
        reason=row[11],
        data=_data(row[2], row[12]),
    )


def _data(type_: str, text: str) -> dict[str, Any]:
    """Without a person's name and address, which an old log has in the clear: the audit view tells
    of them for as long as they are not erased."""
    data: dict[str, Any] = loads(text)
    if type_ not in ("principal.user_created", "principal.revised"):
        return data
    return {k: v for k, v in data.items() if k not in ("name", "email")}


HISTORY = View(
    name="history",
    sql=Path(__file__).parent / "sql",
    streams=("service", "replica", "scaling", "watch", "custom_domain"),
    tables=("service_event",),
    looks_up=(),
    project=project,
    reads=("history", "services"),
    answers={GetHistory: get_history},
)

"""The log as a feed: pages by position of what the asker may see, each event judged by its thing.

What a page has looked at and left out is counted as seen, so that a reader with a narrow filter
moves on all the same."""

from services.query.asked import Asked, Row
from services.query.views.audit.personal import to_take_away
from services.query.views.audit.read import event_of
from services.query.views.audit.sight import (
    OF_SERVICES,
    granted_projects,
    may_see,
    may_see_stream,
    projects_of,
    readable_accounts,
)
from shared.domain.catalog import EVENTS
from shared.domain.rejections import Invalid, NotFound
from shared.envelope.codec import encode
from shared.kernel.json import loads
from shared.queries.audit import AuditEvent, FeedPage, FollowLog

PAGE_BYTES = 256 * 1024
LIMIT_MAX = 1000
CHUNK = 200
# A filter may find nothing for long: so many positions are looked at for one page.
WINDOW = 50_000


async def feed(question: FollowLog, asked: Asked) -> FeedPage | NotFound | Invalid:
    scope = await _scope(question, asked)
    if isinstance(scope, NotFound | Invalid):
        return scope
    accounts, types = scope
    head = asked.moment.position
    after = head if question.after < 0 else question.after
    if after > head:
        return Invalid(field="after", message="is beyond the newest log position")
    last = min(head, after + WINDOW)
    limit = min(max(question.limit, 1), LIMIT_MAX)
    taken: list[AuditEvent] = []
    size = 0
    while True:
        rows = await asked.rows(
            "list_feed",
            after=after,
            until=last,
            accounts=accounts,
            types=types,
            stream=question.stream,
            limit=CHUNK,
        )
        for row in await _visible(rows, question.project_id, asked):
            event = event_of(row, asked)
            size += len(encode(event))
            if taken and (size > PAGE_BYTES or len(taken) == limit):
                return await _page(taken, asked, seen=taken[-1].position, head=head)
            taken.append(event)
        if len(rows) < CHUNK:
            return await _page(taken, asked, seen=last, head=head)
        after = rows[-1][0]


async def _page(taken: list[AuditEvent], asked: Asked, *, seen: int, head: int) -> FeedPage:
    return FeedPage(events=tuple(await to_take_away(taken, asked)), seen=seen, head=head)


async def _scope(
    question: FollowLog, asked: Asked
) -> tuple[list[str] | None, list[str] | None] | NotFound | Invalid:
    types = chosen_types(question.types) if question.types else None
    if isinstance(types, Invalid):
        return types
    accounts = await readable_accounts(asked)
    # Who was granted one service sees of its account and project just that.
    beside = await granted_projects(asked)
    if question.account_id is not None:
        owners = {asked.index.projects[project].account_id for project in beside}
        is_partly_seen = question.account_id in owners
        if not is_partly_seen and not await may_see("account", question.account_id, asked):
            return NotFound(kind="account", key=question.account_id)
        accounts = [question.account_id]
    if question.project_id is not None:
        is_partly_seen = question.project_id in beside
        if not is_partly_seen and not await may_see("project", question.project_id, asked):
            return NotFound(kind="project", key=question.project_id)
        project = asked.index.projects[question.project_id]
        if question.account_id not in (None, project.account_id):
            return NotFound(kind="project", key=question.project_id)
        accounts = [project.account_id]
    return accounts, types


def chosen_types(patterns: tuple[str, ...]) -> list[str] | Invalid:
    chosen: set[str] = set()
    for pattern in patterns:
        found = (
            {name for name in EVENTS if name.startswith(pattern[:-1])}
            if pattern.endswith(".*")
            else {pattern} & EVENTS.keys()
        )
        if not found:
            return Invalid(field="type", message="names no type of event")
        chosen |= found
    return sorted(chosen)


async def _visible(rows: list[Row], project_id: str | None, asked: Asked) -> list[Row]:
    services = {row[0]: service for row in rows if (service := _service_of(row)) is not None}
    projects = await projects_of(tuple(sorted(set(services.values()))), asked)
    seen: list[Row] = []
    for row in rows:
        service = services.get(row[0], "")
        project = projects.get(service) or _project_of_execution(row)
        if project_id is not None and project_id not in (project, row[3].removeprefix("project-")):
            continue
        if may_see_stream(row[3], project, row[2], asked, service_id=service or None):
            seen.append(row)
    return seen


def _project_of_execution(row: Row) -> str | None:
    if not row[3].startswith("execution-"):
        return None
    found = loads(row[15]).get("project_id")
    return None if found is None else str(found)


def _service_of(row: Row) -> str | None:
    """An owner of secrets may be none; then nobody finds a project for it."""
    kind, _, id_ = row[3].partition("-")
    if kind in ("service", "vault"):
        return str(id_)
    if kind in OF_SERVICES:
        return str(loads(row[15])["service_id"])
    return None

"""The newest events of the log that one may see: the feed gives pages upwards, so its end is looked
for backwards, in steps that grow until there is enough."""

from dataclasses import dataclass
from typing import Final

from services.gateway.console.visit import Visit
from shared.queries.audit import AuditEvent, FeedPage, FollowLog

STEP_FIRST: Final = 500
STEP_GROWTH: Final = 8
ASKS_MAX: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """`events` newest first, up to the moment of the page; `around` oldest first, up to today.
    `is_all`: nothing older is left out."""

    events: tuple[AuditEvent, ...]
    around: tuple[AuditEvent, ...]
    is_all: bool


async def recent(
    visit: Visit,
    *,
    limit: int,
    project_id: str | None = None,
    account_id: str | None = None,
    types: tuple[str, ...] = (),
) -> Recent:
    question = FollowLog(project_id=project_id, account_id=account_id, types=types)
    found, is_all = await _last(visit, question, limit)
    if not visit.is_then:
        return Recent(events=tuple(reversed(found)), around=tuple(found), is_all=is_all)
    later = await _after(visit, question, limit)
    return Recent(events=tuple(reversed(found)), around=(*found, *later), is_all=is_all)


async def _last(visit: Visit, question: FollowLog, limit: int) -> tuple[list[AuditEvent], bool]:
    """Each step lies before the last one; what a step finds is read to its end."""
    found: list[AuditEvent] = []
    end, step, asks = visit.position, STEP_FIRST, 0
    while end > 0 and len(found) < limit and asks < ASKS_MAX:
        begin = max(0, end - step)
        part: list[AuditEvent] = []
        after = begin
        while after < end and asks < ASKS_MAX:
            page = await visit.ask(_from(question, after), FeedPage)
            asks += 1
            part += [event for event in page.events if event.position <= end]
            after = page.seen
            if page.seen >= page.head:
                break
        found = part + found
        end, step = begin, step * STEP_GROWTH
    return found[-limit:], end == 0 and len(found) <= limit


async def _after(visit: Visit, question: FollowLog, limit: int) -> list[AuditEvent]:
    """What came after the moment, for the right side of the time bar."""
    page = await visit.ask_now(_from(question, visit.position), FeedPage)
    return list(page.events[:limit])


def _from(question: FollowLog, after: int) -> FollowLog:
    return FollowLog(
        after=after,
        limit=1000,
        account_id=question.account_id,
        project_id=question.project_id,
        types=question.types,
    )

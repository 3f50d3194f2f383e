"""A service's life in order, with its incidents: the times in which it was degraded or failed."""

from datetime import UTC, datetime

from services.query.asked import Asked, Row
from services.query.views.audit.read import Folded, fold
from services.query.views.audit.sight import may_see
from shared.domain.rejections import NotFound
from shared.queries.audit import GetTimeline, Incident, TimelineDocument

LIMIT_MAX = 1000
_WORSE = {"degraded": 1, "failed": 2}


async def get_timeline(question: GetTimeline, asked: Asked) -> TimelineDocument | NotFound:
    if not await may_see("service", question.service_id, asked):
        return NotFound(kind="service", key=question.service_id)
    until = asked.moment.position
    folded = await fold("service", question.service_id, asked, until=until)
    rows = await asked.rows("list_statuses", service_id=question.service_id, until=until)
    limit = min(max(question.limit, 1), LIMIT_MAX)
    numbers = [n for n, e in enumerate(folded.events) if e.position > question.after]
    events = tuple(folded.event(number) for number in numbers[:limit])
    return TimelineDocument(
        service_id=question.service_id,
        events=events,
        incidents=tuple(_incidents(rows, folded, asked)),
        next_after=events[-1].position if len(numbers) > limit else None,
    )


def _incidents(rows: list[Row], folded: Folded, asked: Asked) -> list[Incident]:
    """Consecutive rows with a bad status are one incident; the service's end closes it too."""
    found: list[Incident] = []
    opened: tuple[int, datetime, str] | None = None
    last_to: int | None = None
    times = {event.position: event.at for event in folded.events}
    for valid_from, valid_to, status, recorded_at in rows:
        at = recorded_at.astimezone(UTC)
        is_bad = status in _WORSE
        if opened is not None and (not is_bad or last_to != valid_from):
            closed = valid_from if last_to == valid_from else last_to
            found.append(_incident(opened, closed, times.get(closed or 0, at), folded, asked))
            opened = None
        if is_bad:
            worst = status if opened is None else max(opened[2], status, key=lambda s: _WORSE[s])
            opened = (valid_from, at, worst) if opened is None else (opened[0], opened[1], worst)
        last_to = valid_to
    if opened is not None:
        # A row closed beyond the moment was open at it.
        closed = last_to if last_to is not None and last_to <= asked.moment.position else None
        found.append(_incident(opened, closed, times.get(closed or 0), folded, asked))
    return found


def _incident(
    opened: tuple[int, datetime, str],
    closed: int | None,
    closed_at: datetime | None,
    folded: Folded,
    asked: Asked,
) -> Incident:
    position, at, status = opened
    cause = next((e.words for e in folded.events if e.position == position), "")
    end = closed_at if closed is not None and closed_at is not None else asked.moment.at
    return Incident(
        opened_position=position,
        opened_at=at,
        closed_position=closed,
        closed_at=closed_at if closed is not None else None,
        status=status,
        cause=cause,
        seconds=max(0.0, (end.astimezone(UTC) - at).total_seconds()),
    )

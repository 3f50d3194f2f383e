"""What every page of one service begins with: the service then and now, and its time bar."""

from dataclasses import dataclass
from datetime import datetime

from services.gateway.console.timebar import Timebar, timebar, window_of
from services.gateway.console.visit import Visit, together
from shared.kernel.ids import is_id
from shared.kernel.names import slug_of
from shared.queries.audit import AuditEvent, AuditPage, GetTimeline, ListHistory, TimelineDocument
from shared.queries.services import GetServiceById, ServiceDocument

EVENTS_MAX = 1000
ASKS_MAX = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class OneService:
    """`then`: at the moment of the page, None before its birth and after its end. `events` are all
    that the bar knows, oldest first, up to today. `status` is a word also where it is not there."""

    id: str
    handle: str
    name: str
    slug: str
    then: ServiceDocument | None
    today: ServiceDocument | None
    events: tuple[AuditEvent, ...]
    timeline: TimelineDocument
    born: datetime
    bar: Timebar

    @property
    def path(self) -> str:
        return f"/console/p/{self.handle}/s/{self.slug}~{self.id}"

    @property
    def status(self) -> str | None:
        return self.then.status if self.then is not None else "removed"

    @property
    def open_incident(self) -> object:
        return next((each for each in self.timeline.incidents if each.closed_at is None), None)


async def one_service(visit: Visit) -> OneService | None:
    """The id decides, the slug in the path is for reading. None where nobody may see it."""
    service_id = visit.path["service"].rpartition("~")[2]
    if not is_id(service_id):
        return None
    timeline, then, today, events = await together(
        visit.find(GetTimeline(service_id=service_id, limit=1), TimelineDocument, now=True),
        visit.find(GetServiceById(service_id=service_id), ServiceDocument),
        visit.find(GetServiceById(service_id=service_id), ServiceDocument, now=True),
        _events(visit, service_id),
    )
    if timeline is None or not timeline.events:
        return None
    known: ServiceDocument | None = then or today
    first: AuditEvent = timeline.events[0]
    if known is not None and known.project_handle != visit.path["handle"]:
        return None
    name = known.name if known is not None else str(first.data.get("name", service_id))
    window = window_of(visit.query.get("window", ""), now=visit.now, at=visit.at, born=first.at)
    return OneService(
        id=service_id,
        handle=visit.path["handle"],
        name=name,
        slug=known.slug if known is not None else slug_of(name) or "service",
        then=then,
        today=today,
        events=tuple(events),
        timeline=timeline,
        born=first.at,
        bar=timebar(
            events,
            timeline.incidents,
            window,
            visit.times,
            position=visit.position,
            now=visit.now,
        ),
    )


async def _events(visit: Visit, service_id: str) -> list[AuditEvent]:
    """Of a life that is longer, the last part: history begins with the oldest."""
    events: list[AuditEvent] = []
    after = 0
    for _ in range(ASKS_MAX):
        question = ListHistory(kind="service", id=service_id, after=after, limit=EVENTS_MAX)
        page = await visit.find(question, AuditPage, now=True)
        if page is None:
            break
        events += page.items
        if page.next_after is None:
            break
        after = page.next_after
    return events

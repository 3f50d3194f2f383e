"""One project: its graph, the table of its services, and what changed in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from services.gateway.console.feed import Recent, recent
from services.gateway.console.graph import Drawing, Drawn, drawing_of
from services.gateway.console.page import page, rendered
from services.gateway.console.pages.listing import PER_PAGE, page_of, pages_of, status_of, word_of
from services.gateway.console.pages.naming import Names, names_of_events
from services.gateway.console.pages.projects import SERVICE_SORTS
from services.gateway.console.timebar import Timebar, timebar, window_of
from services.gateway.console.visit import Visit, together
from shared.queries.console import ListServiceStates, ServiceState, ServiceStates
from shared.queries.identity import GetProject, ProjectDocument
from shared.queries.microvisualizer import ListSnapshots, SnapshotDocument, SnapshotPage

VIEWS = ("table", "graph", "changes")
GRAPH_MAX = 1000
CHANGES_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    drawing: Drawing
    total: int
    focus: str
    topics: tuple[tuple[str, int], ...]


async def project(visit: Visit) -> Response[bytes]:
    handle = visit.path["handle"]
    found = await visit.find(GetProject(key=handle), ProjectDocument, now=True)
    if found is None or found.handle != handle:
        return rendered(visit, "missing.html", status=404, what="project", name=handle)
    view = word_of(visit, "view", VIEWS)
    number, status = page_of(visit), status_of(visit)
    sort = word_of(visit, "sort", SERVICE_SORTS)
    text = visit.query.get("q", "")
    question = ListServiceStates(
        project=handle, text=text, status=status, sort=sort, page=number, per_page=PER_PAGE
    )
    services, feed = await together(
        visit.ask(question, ServiceStates), recent(visit, limit=CHANGES_MAX, project_id=found.id)
    )
    topology = await _topology(visit, handle) if view == "graph" else None
    return rendered(
        visit,
        "project.html",
        project=found,
        view=view,
        found=services,
        pages=pages_of(visit, number, len(services.items), services.total),
        text=text,
        state=status,
        sort=sort,
        sorts=SERVICE_SORTS,
        topology=topology,
        feed=feed,
        names=await names_of_events(visit, feed.events) if view == "changes" else Names(),
        bar=_bar(visit, found, feed),
    )


def _bar(visit: Visit, found: ProjectDocument, feed: Recent) -> Timebar:
    born = min((event.at for event in feed.events), default=found.created_at)
    window = window_of(
        visit.query.get("window", ""), now=visit.now, at=visit.at, born=max(born, found.created_at)
    )
    return timebar(feed.around, (), window, visit.times, position=visit.position, now=visit.now)


async def _topology(visit: Visit, handle: str) -> Topology:
    snapshots = await _snapshots(visit, handle)
    states = await _states(visit, handle)
    focus = visit.query.get("focus", "")
    drawn = [
        Drawn(
            snapshot=each,
            status=states[each.service_id].status if each.service_id in states else None,
            link=visit.url(f"/console/p/{handle}/s/{each.slug}~{each.service_id}"),
        )
        for each in snapshots
    ]
    topics = {topic for each in snapshots for topic in _names(each)}
    if focus and focus not in topics:
        visit.problems["focus"] = "Nothing uses this topic at this moment; all is drawn."
        focus = ""
    return Topology(
        drawing=drawing_of(drawn, focus=focus),
        total=len(drawn),
        focus=focus,
        topics=tuple(
            (name, sum(1 for each in snapshots if name in _names(each))) for name in sorted(topics)
        ),
    )


def _names(snapshot: SnapshotDocument) -> set[str]:
    part = snapshot.participation
    return {topic.name for topic in (*part.consumes, *part.produces)}


async def _snapshots(visit: Visit, handle: str) -> Sequence[SnapshotDocument]:
    found: list[SnapshotDocument] = []
    after = ""
    while len(found) < GRAPH_MAX:
        page_ = await visit.ask(ListSnapshots(project=handle, after=after), SnapshotPage)
        found += page_.items
        if page_.next_after is None:
            break
        after = page_.next_after
    return found[:GRAPH_MAX]


async def _states(visit: Visit, handle: str) -> dict[str, ServiceState]:
    question = ListServiceStates(project=handle, per_page=GRAPH_MAX)
    return {each.id: each for each in (await visit.ask(question, ServiceStates)).items}


HANDLERS: tuple[HTTPRouteHandler, ...] = (page("/console/p/{handle:str}", project),)

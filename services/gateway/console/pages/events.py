"""The stream of events, newest first and live, and the chain of causes of any one of them."""

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from services.gateway.console.feed import Recent, recent
from services.gateway.console.page import page, rendered
from services.gateway.console.pages.naming import names_of_events
from services.gateway.console.visit import Visit
from services.gateway.refusals import CommandRejected
from shared.domain.rejections import Invalid
from shared.queries.audit import GetWhy, WhyDocument
from shared.queries.identity import GetProject, ProjectDocument

SHOWN_MAX = 100


async def events(visit: Visit) -> Response[bytes]:
    handle, kind = visit.query.get("project", ""), visit.query.get("type", "").strip()
    project: ProjectDocument | None = None
    if handle:
        project = await visit.find(GetProject(key=handle), ProjectDocument, now=True)
        if project is None:
            visit.problems["project"] = "There is no such project; all are shown."
    try:
        feed = await _feed(visit, project, kind)
    except CommandRejected as rejected:
        if not isinstance(rejected.rejection, Invalid):
            raise
        visit.problems["type"] = "There is no such type of event; all are shown."
        kind = ""
        feed = await _feed(visit, project, kind)
    return rendered(
        visit,
        "stream.html",
        feed=feed,
        names=await names_of_events(visit, feed.events),
        project=project,
        handle=handle,
        kind=kind,
        most=SHOWN_MAX,
    )


async def _feed(visit: Visit, project: ProjectDocument | None, kind: str) -> Recent:
    return await recent(
        visit,
        limit=SHOWN_MAX,
        project_id=None if project is None else project.id,
        types=(kind,) if kind else (),
    )


async def why(visit: Visit) -> Response[bytes]:
    text = visit.path["event"]
    found: WhyDocument | None = None
    if text.isascii() and text.isdigit() and len(text) <= 18:
        found = await visit.find(GetWhy(position=int(text)), WhyDocument, now=True)
    if found is None:
        return rendered(visit, "missing.html", status=404, what="event", name=text)
    return rendered(visit, "why.html", found=found, event=text)


async def help_page(visit: Visit) -> Response[bytes]:
    return rendered(visit, "help.html")


HANDLERS: tuple[HTTPRouteHandler, ...] = (
    page("/console/events", events),
    page("/console/why/{event:str}", why),
    page("/console/help", help_page),
)

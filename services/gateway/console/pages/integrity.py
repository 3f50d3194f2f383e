"""How far the log is sealed, by which key, and what the last full verification found."""

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from services.gateway.console.page import page, rendered
from services.gateway.console.visit import Visit
from shared.queries.integrity import GetIntegrity, IntegrityDocument


async def integrity(visit: Visit) -> Response[bytes]:
    """Always today's: evidence is about the log, which holds all moments."""
    found = await visit.ask_now(GetIntegrity(), IntegrityDocument)
    return rendered(visit, "integrity.html", found=found)


HANDLERS: tuple[HTTPRouteHandler, ...] = (page("/console/integrity", integrity),)

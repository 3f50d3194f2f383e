"""Who am I: the first request of every client that wants to know whether its credential works."""

from typing import Any

from litestar import Request

from services.gateway.answer import Answer, answered
from services.gateway.call import call_of
from services.gateway.operation import operation
from services.gateway.surfaces.ops.resources.whoami import translate, wire
from services.gateway.surfaces.ops.statuses import READ
from shared.queries.identity import CallerDocument, WhoAmI


async def whoami(request: Request[Any, Any, Any]) -> Answer[wire.Caller]:
    document = await call_of(request).ask(WhoAmI(), CallerDocument)
    return answered(translate.from_document(document))


HANDLERS = operation(
    "GET", "/ops/v1/whoami", whoami, summary="Who the caller is", tag="whoami", refusals=READ
)

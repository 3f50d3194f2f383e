"""Types of events and the AsyncAPI document: public, like every description of an API here."""

from typing import Any

from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from services.gateway.answer import Answer, answered
from services.gateway.operation import operation
from services.gateway.refusals import CommandRejected
from services.gateway.surfaces.ops.resources.schemas import translate, wire
from shared.domain.rejections import NotFound
from shared.kernel import json

AnyRequest = Request[Any, Any, Any]


async def get_event_schema(type: FromPath[str], version: FromPath[str]) -> Answer[wire.EventSchema]:
    found = translate.event_schema(type, version)
    if found is None:
        raise CommandRejected(NotFound(kind="schema", key=f"{type}/{version}"))
    return answered(found)


async def get_asyncapi() -> Response[bytes]:
    body = json.dumps(translate.of_events()).encode()
    return Response(body, media_type="application/json")


HANDLERS: tuple[HTTPRouteHandler, ...] = (
    *operation(
        "GET",
        "/ops/v1/schemas/{type:str}/{version:str}",
        get_event_schema,
        summary="What the data of a type of event holds, with an example",
        tag="events",
        is_public=True,
        refusals=(400, 404, 429, 500),
    ),
    *operation(
        "GET",
        "/ops/asyncapi.json",
        get_asyncapi,
        summary="All types of events as an AsyncAPI document",
        tag="events",
        answer=dict[str, Any],
        is_public=True,
        refusals=(400, 429, 500),
    ),
)

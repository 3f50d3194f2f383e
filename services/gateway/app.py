"""The application: Litestar routes the surfaces' handlers, the entrance stands in front of it.

Every way to say no ends in the handlers below, which ask the call's surface for its words."""

import logging
from typing import Any

from litestar import Litestar, Request, Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
)
from litestar.types import ASGIApp

from services.gateway.call import Call, call_of
from services.gateway.console.surface import CONSOLE
from services.gateway.entrance import Entrance
from services.gateway.measures import Measures
from services.gateway.pages import SYSTEM, Pages
from services.gateway.parts import Parts
from services.gateway.refusals import (
    Accident,
    BadRequest,
    CommandRejected,
    NoSuchMethod,
    NoSuchPath,
    Refused,
)
from services.gateway.surface import Rendered, Surface

log = logging.getLogger(__name__)

AnyRequest = Request[Any, Any, Any]


def build(parts: Parts, surfaces: tuple[Surface, ...]) -> ASGIApp:
    return entrance_of(router_of(surfaces), parts, surfaces)


def entrance_of(router: ASGIApp, parts: Parts, surfaces: tuple[Surface, ...]) -> ASGIApp:
    return Entrance(router, parts, (*surfaces, CONSOLE, SYSTEM), Measures(parts.registry))


def router_of(surfaces: tuple[Surface, ...]) -> ASGIApp:
    """Holds no state and no part: what a handler needs comes with its call."""
    return Litestar(
        route_handlers=[
            *Pages(surfaces).handlers(),
            *CONSOLE.handlers,
            *(handler for surface in surfaces for handler in surface.handlers),
        ],
        exception_handlers={
            Refused: _on_refused,
            CommandRejected: _on_rejected,
            NotFoundException: _on_no_path,
            MethodNotAllowedException: _on_no_method,
            HTTPException: _on_client_error,
            Exception: _on_accident,
        },
        openapi_config=None,
        logging_config=None,
        debug=False,
    )


def _respond(call: Call, rendered: Rendered) -> Response[bytes]:
    return Response(
        rendered.body,
        status_code=rendered.status,
        media_type=rendered.media_type,
        headers=dict(rendered.headers),
    )


def _on_refused(request: AnyRequest, error: Refused) -> Response[bytes]:
    call = call_of(request)
    return _respond(call, call.surface.refused(error.refusal, call.request_id))


def _on_rejected(request: AnyRequest, error: CommandRejected) -> Response[bytes]:
    call = call_of(request)
    return _respond(call, call.surface.rejected(error.rejection, call.request_id))


def _on_no_path(request: AnyRequest, error: NotFoundException) -> Response[bytes]:
    return _on_refused(request, Refused(NoSuchPath()))


def _on_no_method(request: AnyRequest, error: MethodNotAllowedException) -> Response[bytes]:
    allow = (error.headers or {}).get("allow", "")
    return _on_refused(request, Refused(NoSuchMethod(allow=allow)))


def _on_client_error(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    if error.status_code >= 500:
        return _on_accident(request, error)
    return _on_refused(request, Refused(BadRequest(message="The request cannot be read.")))


def _on_accident(request: AnyRequest, error: Exception) -> Response[bytes]:
    log.error("request_failed", exc_info=error, extra={"path": request.scope["path"][:200]})
    return _on_refused(request, Refused(Accident()))

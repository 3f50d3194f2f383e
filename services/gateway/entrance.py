"""The ASGI application in front of the router: guard, caller, limits, and the headers of answers.

It knows no dialect: the prefix table says whose words a refusal gets."""

import asyncio
import logging
from typing import Any

from litestar.types import ASGIApp

from services.gateway.call import SCOPE_KEY, Call
from services.gateway.guard import (
    check_framing,
    check_path,
    headers_of,
    read_body,
    request_id_of,
)
from services.gateway.limits import GENEROUS, Rate
from services.gateway.measures import Measures
from services.gateway.parts import Parts
from services.gateway.refusals import BadRequest, RateLimited, Refused, TooLarge
from services.gateway.surface import Prefixes, Rendered, Surface
from services.gateway.upload import Upload
from shared.runtime.logging import correlated

log = logging.getLogger(__name__)

BODY_SECONDS = 30.0


class Entrance:
    def __init__(
        self, app: ASGIApp, parts: Parts, surfaces: tuple[Surface, ...], measures: Measures
    ) -> None:
        self._app = app
        self._parts = parts
        self._prefixes = Prefixes(surfaces)
        self._measures = measures
        settings = parts.settings
        self._body_limit = settings.body_limit_bytes
        self._upload_limit = settings.import_bytes_max
        self._is_limited = settings.rate_limits != "off"
        self._is_published = settings.rate_limits == "published"
        tier = settings.rate_limit_tier if settings.rate_limits == "published" else ""
        self._rates: dict[str, Rate] = {s.name: s.published.get(tier, GENEROUS) for s in surfaces}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            # Lifespan is off and there are no web sockets.
            return
        headers, repeated = headers_of(scope["headers"])
        call = Call(
            parts=self._parts,
            surface=self._prefixes.surface_of(scope["path"]),
            request_id=request_id_of(headers) or f"req_{self._parts.ids.new()}",
            method=scope["method"],
            path=scope["path"],
            query_string=scope["query_string"].decode("latin-1"),
            headers=headers,
        )
        began = self._parts.clock.monotonic()
        with correlated(call.request_id):
            if self._parts.telemetry.enabled:
                await self._traced(call, scope, repeated, receive, send)
            else:
                await self._answer(call, scope, repeated, receive, send)
        self._measures.answered(call, self._parts.clock.monotonic() - began)

    async def _traced(
        self, call: Call, scope: Any, repeated: bytes | None, receive: Any, send: Any
    ) -> None:
        names = (b"traceparent", b"tracestate")
        parent = {name.decode(): value for name in names if (value := call.header(name))}
        with self._parts.telemetry.span(
            f"{call.method} {call.surface.name}",
            kind="server",
            parent=parent,
            attributes={
                "surface": call.surface.name,
                "http.request.method": call.method,
                "correlation_id": call.request_id,
            },
        ):
            await self._answer(call, scope, repeated, receive, send)

    async def _answer(
        self, call: Call, scope: Any, repeated: bytes | None, receive: Any, send: Any
    ) -> None:
        with_headers = self._with_headers(call, send)
        try:
            is_streamed = (call.method, call.path) in call.surface.streamed
            limit = self._upload_limit if is_streamed else self._body_limit
            check_framing(scope, call.headers, repeated, limit)
            if is_streamed:
                call.upload = Upload(receive, limit_bytes=limit)
            elif b"content-length" in call.headers or b"transfer-encoding" in call.headers:
                async with asyncio.timeout(BODY_SECONDS):
                    call.body = await read_body(receive, self._body_limit)
            await self._admit(call, scope)
            check_path(scope, call.surface.is_spelled)
            inner: Any = {**scope, SCOPE_KEY: call}
            if call.method == "HEAD":
                inner["method"] = "GET"  # uvicorn leaves the body of the answer out.
            await self._app(inner, receive, with_headers)
        except Refused as refused:
            if call.upload is not None:
                await call.upload.drop()
            if isinstance(refused.refusal, BadRequest | TooLarge):
                # What follows on this connection may be the rest of a body we did not read.
                call.answer_headers.append((b"connection", b"close"))
            await _send(call.surface.refused(refused.refusal, call.request_id), with_headers)
        except TimeoutError:
            refusal = BadRequest(message="The body did not arrive in time.")
            call.answer_headers.append((b"connection", b"close"))
            await _send(call.surface.refused(refusal, call.request_id), with_headers)
        except ConnectionError:
            log.debug("client_gone")

    async def _admit(self, call: Call, scope: Any) -> None:
        """Who calls is found out first, because limits are per credential; whether anybody had to
        say who he is, is the handler's business."""
        surface = call.surface
        if surface.is_authenticated:
            call.caller = await surface.identify(call)
        if not (surface.is_limited and self._is_limited):
            return
        caller = call.caller.key_id if call.caller else f"address:{_address(scope)}"
        bucket, rate = self._bucket(surface, call)
        allowance = self._parts.limits.take(bucket, caller, rate)
        call.answer_headers += allowance.headers
        if allowance.retry_after_seconds is not None:
            raise Refused(RateLimited(retry_after_seconds=allowance.retry_after_seconds))

    def _bucket(self, surface: Surface, call: Call) -> tuple[str, Rate]:
        """What is counted, and how much of it is allowed: an endpoint or the whole surface."""
        endpoint = surface.endpoint_of(call.method, call.path) if surface.endpoint_of else None
        if endpoint is None:
            return surface.name, self._rates[surface.name]
        rate = endpoint.published if self._is_published else GENEROUS
        return f"{surface.name}:{endpoint.name}", rate

    @staticmethod
    def _with_headers(call: Call, send: Any) -> Any:
        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    *call.answer_headers,
                    (b"x-request-id", call.request_id.encode()),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        return sending


def _address(scope: Any) -> str:
    client = scope.get("client")
    return client[0] if client else "unknown"


async def _send(rendered: Rendered, send: Any) -> None:
    # As the router's answers have it.
    charset = "; charset=utf-8" if rendered.media_type.startswith("text/") else ""
    headers = [
        (b"content-type", f"{rendered.media_type}{charset}".encode()),
        (b"content-length", b"%d" % len(rendered.body)),
        *((name.encode(), value.encode()) for name, value in rendered.headers),
    ]
    await send({"type": "http.response.start", "status": rendered.status, "headers": headers})
    await send({"type": "http.response.body", "body": rendered.body})

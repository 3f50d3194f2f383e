"""The gateway's own pages: the index, health, readiness, metrics, and the surfaces' documents."""

from collections.abc import Callable
from html import escape
from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from services.gateway.call import call_of
from services.gateway.openapi import document_of
from services.gateway.openapi_page import STYLE, page_of
from services.gateway.surface import Surface
from services.gateway.surfaces.ops.errors import MEDIA_TYPE, refused, rejected
from services.gateway.surfaces.ops.wire import Problem
from shared.kernel import json
from shared.runtime.metrics import CONTENT_TYPE, exposition

AnyRequest = Request[Any, Any, Any]

# A page of ours runs no script and loads nothing from elsewhere.
PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'none'",
    "cache-control": "no-store",
}

# Who answers for paths that belong to no dialect.
SYSTEM = Surface(
    name="system",
    title="Chronoplane",
    description="",
    prefixes=("/health", "/ready", "/metrics"),
    handlers=(),
    refused=refused,
    rejected=rejected,
    error_model=Problem,
    error_media_type=MEDIA_TYPE,
    is_limited=False,
    is_authenticated=False,
)


class Pages:
    def __init__(self, surfaces: tuple[Surface, ...]) -> None:
        self._surfaces = surfaces
        self._documents: dict[str, dict[str, Any]] = {}

    def handlers(self) -> list[HTTPRouteHandler]:
        own: list[HTTPRouteHandler] = [
            get("/")(self._index_handler()),
            get("/health")(health),
            get("/ready")(ready),
            get("/metrics")(metrics),
        ]
        for surface in self._surfaces:
            own += [
                get(f"/{surface.name}/openapi.json")(self._document_handler(surface)),
                get(f"/{surface.name}/docs")(self._page_handler(surface)),
            ]
        return own

    def index(self) -> Response[str]:
        items = "".join(
            f'<li><a href="/{surface.name}/docs">{escape(surface.title)}</a>: '
            f"{escape(surface.description)} "
            f'(<a href="/{surface.name}/openapi.json">OpenAPI</a>)</li>'
            for surface in self._surfaces
        )
        return _page(
            f"<!doctype html><html lang=en><meta charset=utf-8><title>Chronoplane</title>{STYLE}"
            "<main><h1>Chronoplane</h1><p>An event-sourced control plane: it deploys, routes, "
            "probes and scales services, and remembers every state they ever had.</p>"
            '<p><a href="/console">The console</a>: what is, what was, who changed it and why.</p>'
            f"<h2>APIs</h2><ul>{items}</ul><h2>The stack</h2><ul>"
            '<li><a href="/ready">/ready</a>: whether every process serves, and which does not'
            '<li><a href="/health">/health</a>: whether the gateway lives'
            '<li><a href="/metrics">/metrics</a>: Prometheus</ul>'
            "<h2>First command</h2><p><code>curl -H 'Authorization: Bearer TOKEN' "
            "http://HOST/ops/v1/whoami</code></p></main></html>"
        )

    def document(self, surface: Surface) -> dict[str, Any]:
        # Made at the first look: it costs a tenth of a second that no start should wait for.
        if surface.name not in self._documents:
            self._documents[surface.name] = document_of(surface)
        return self._documents[surface.name]

    def _index_handler(self) -> Callable[..., Any]:
        async def index_page() -> Response[str]:
            return self.index()

        return index_page

    def _document_handler(self, surface: Surface) -> Callable[..., Any]:
        async def openapi_document() -> Response[bytes]:
            return _json(self.document(surface))

        return openapi_document

    def _page_handler(self, surface: Surface) -> Callable[..., Any]:
        async def openapi_page() -> Response[str]:
            return _page(page_of(self.document(surface), f"/{surface.name}/openapi.json"))

        return openapi_page


async def health() -> Response[bytes]:
    return _json({"process": "gateway", "alive": True})


async def ready(request: AnyRequest) -> Response[bytes]:
    document = await call_of(request).parts.stack.document()
    return _json(document, status=200 if document["ready"] else 503)


async def metrics(request: AnyRequest) -> Response[bytes]:
    # The router adds the charset to every text.
    kind = CONTENT_TYPE.partition("; charset=")[0]
    return Response(exposition(call_of(request).parts.registry), media_type=kind)


def _json(document: dict[str, Any], status: int = 200) -> Response[bytes]:
    return Response(
        json.dumps(document).encode(), status_code=status, media_type="application/json"
    )


def _page(html: str) -> Response[str]:
    return Response(html, media_type="text/html", headers=PAGE_HEADERS)

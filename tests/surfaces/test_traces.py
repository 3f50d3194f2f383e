"""A traced request is one span with its parent, and travels on by header."""

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

import httpx

from services.gateway.app import entrance_of
from services.gateway.dispatch import Dispatch
from services.gateway.registry import SURFACES
from shared.domain.service.commands import RemoveService
from shared.envelope.messages import Accepted, encode_reply
from shared.runtime.metrics import new_registry
from shared.runtime.telemetry import Attribute, Kind
from tests.surfaces.stubs import TOKEN, Gateway, router
from tests.surfaces.test_dispatch import SENDER, StubBus


class KeptSpans:
    enabled = True

    def __init__(self) -> None:
        self.spans: list[tuple[str, Kind, dict[str, str], dict[str, Attribute]]] = []

    def span(
        self,
        name: str,
        *,
        kind: Kind = "internal",
        parent: Mapping[str, str] | None = None,
        attributes: Mapping[str, Attribute] | None = None,
    ) -> AbstractContextManager[object]:
        self.spans.append((name, kind, dict(parent or {}), dict(attributes or {})))
        return self._open()

    @contextmanager
    def _open(self) -> Iterator[None]:
        yield

    def inject(self, headers: MutableMapping[str, str]) -> None:
        headers["traceparent"] = "ours"

    def close(self) -> None:
        pass


async def test_a_request_is_one_span_below_the_clients_own(gateway: Gateway) -> None:
    spans = KeptSpans()
    parts = replace(gateway.parts, telemetry=spans, registry=new_registry("gateway"))
    app: Any = entrance_of(router(), parts, SURFACES)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
        headers = {"Authorization": f"Bearer {TOKEN}", "traceparent": "theirs"}
        response = await client.get("/acme/service/a", headers=headers)
    assert response.status_code == 200
    [(name, kind, parent, attributes)] = spans.spans
    assert (name, kind, parent) == ("GET outpost", "server", {"traceparent": "theirs"})
    assert attributes["correlation_id"] == response.headers["x-request-id"]


async def test_what_goes_on_the_bus_carries_the_trace(gateway: Gateway) -> None:
    seen: list[dict[str, str] | None] = []

    class HeaderBus(StubBus):
        async def request(
            self,
            subject: str,
            body: bytes,
            *,
            seconds: float,
            headers: dict[str, str] | None = None,
        ) -> bytes:
            seen.append(headers)
            return encode_reply(Accepted(position=1))

    bus = HeaderBus(b"")
    dispatch = Dispatch(bus, gateway.parts.settings, KeptSpans())
    await dispatch.command(RemoveService(service_id="s", project_id="p"), SENDER)
    assert seen == [{"traceparent": "ours"}]

"""OpenTelemetry traces: over HTTP by the W3C header, over NATS by the same header in the message.

Off unless `otlp_endpoint` is set, and then free: the SDK is not even imported, a span is one
shared context manager that does nothing. Attributes pass a list of allowed names."""

from collections.abc import Mapping, MutableMapping
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, Protocol

from shared.runtime.settings import Settings

Kind = Literal["internal", "server", "client", "producer", "consumer"]
Attribute = str | int | float | bool

# A name that is not here is dropped: values of tenants must not end in somebody's trace store.
ATTRIBUTES = frozenset(
    "process surface operation command event view question publisher aggregate stream_type "
    "position attempts outcome account_id project_id service_id replica_id deployment_id "
    "correlation_id http.request.method http.route http.response.status_code "
    "messaging.destination.name".split()
)

_NOTHING: AbstractContextManager[None] = nullcontext()


class Telemetry(Protocol):
    enabled: bool

    def span(
        self,
        name: str,
        *,
        kind: Kind = "internal",
        parent: Mapping[str, str] | None = None,
        attributes: Mapping[str, Attribute] | None = None,
    ) -> AbstractContextManager[object]:
        """`parent`: the headers of the request or message that caused this."""
        ...

    def inject(self, headers: MutableMapping[str, str]) -> None:
        """Writes `traceparent` (and `tracestate`) of the current span into the headers."""
        ...

    def close(self) -> None: ...


class NoTelemetry:
    __slots__ = ("enabled",)

    def __init__(self) -> None:
        self.enabled = False

    def span(
        self,
        name: str,
        *,
        kind: Kind = "internal",
        parent: Mapping[str, str] | None = None,
        attributes: Mapping[str, Attribute] | None = None,
    ) -> AbstractContextManager[object]:
        return _NOTHING

    def inject(self, headers: MutableMapping[str, str]) -> None:
        pass

    def close(self) -> None:
        pass


def telemetry_of(settings: Settings, process: str) -> Telemetry:
    if settings.otlp_endpoint is None:
        return NoTelemetry()
    from shared.runtime.tracing import OtlpTelemetry

    return OtlpTelemetry(
        process=process, endpoint=settings.otlp_endpoint, ratio=settings.trace_ratio
    )

"""Telemetry switched on: the OpenTelemetry SDK with an OTLP/HTTP exporter, batched off the path.

Imported only where `otlp_endpoint` is set (shared/runtime/telemetry.py)."""

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.runtime.telemetry import ATTRIBUTES, Attribute, Kind

_KINDS = {
    "internal": SpanKind.INTERNAL,
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
}


class OtlpTelemetry:
    def __init__(
        self, *, process: str, endpoint: str, ratio: float, exporter: SpanExporter | None = None
    ) -> None:
        self.enabled = True
        resource = Resource.create(
            {"service.namespace": "chronoplane", "service.name": f"chronoplane-{process}"}
        )
        self._provider = TracerProvider(
            resource=resource, sampler=ParentBased(TraceIdRatioBased(ratio))
        )
        url = f"{endpoint.rstrip('/')}/v1/traces"
        sink = exporter if exporter is not None else OTLPSpanExporter(endpoint=url, timeout=5)
        self._provider.add_span_processor(BatchSpanProcessor(sink, max_queue_size=4096))
        self._tracer = self._provider.get_tracer("chronoplane")
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def span(
        self,
        name: str,
        *,
        kind: Kind = "internal",
        parent: Mapping[str, str] | None = None,
        attributes: Mapping[str, Attribute] | None = None,
    ) -> Iterator[object]:
        context = self._propagator.extract(dict(parent)) if parent else None
        allowed = {key: value for key, value in (attributes or {}).items() if key in ATTRIBUTES}
        # Neither the text of an exception nor its frames: they may hold what a tenant sent. Its
        # type says enough here, the rest is in the log.
        with self._tracer.start_as_current_span(
            name,
            context=context,
            kind=_KINDS[kind],
            attributes=allowed,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except Exception as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    def inject(self, headers: MutableMapping[str, str]) -> None:
        self._propagator.inject(headers)

    def close(self) -> None:
        self._provider.shutdown()

"""Traces: nothing by default; when on, one trace across a message, with allowed attributes."""

import subprocess
import sys
from pathlib import Path

from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.runtime.settings import load
from shared.runtime.telemetry import NoTelemetry, telemetry_of
from shared.runtime.tracing import OtlpTelemetry

ROOT = Path(__file__).resolve().parents[2]


def traced(ratio: float = 1.0) -> tuple[OtlpTelemetry, InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    return (
        OtlpTelemetry(process="demo", endpoint="http://unused", ratio=ratio, exporter=exporter),
        exporter,
    )


def test_off_is_the_default_and_leaves_no_header() -> None:
    telemetry = telemetry_of(load(), "demo")
    headers: dict[str, str] = {}
    with telemetry.span("request"):
        telemetry.inject(headers)
    assert isinstance(telemetry, NoTelemetry)
    assert headers == {}


def test_off_does_not_even_load_the_sdk() -> None:
    program = (
        "import sys; from shared.runtime.settings import load;"
        "from shared.runtime.telemetry import telemetry_of; telemetry_of(load(), 'demo');"
        "sys.exit('opentelemetry' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_a_message_carries_the_trace_to_the_next_process() -> None:
    gateway, sent = traced()
    command, received = traced()
    headers: dict[str, str] = {}
    with gateway.span("request", kind="server"):
        gateway.inject(headers)
    with command.span("command", kind="consumer", parent=headers):
        pass
    gateway.close()
    command.close()
    (cause,), (effect,) = sent.get_finished_spans(), received.get_finished_spans()
    assert effect.context is not None
    assert cause.context is not None
    assert effect.parent is not None
    assert effect.context.trace_id == cause.context.trace_id
    assert effect.parent.span_id == cause.context.span_id


def test_what_was_not_chosen_is_not_chosen_later_either() -> None:
    gateway, _ = traced(ratio=0.0)
    command, received = traced(ratio=1.0)
    headers: dict[str, str] = {}
    with gateway.span("request"):
        gateway.inject(headers)
    with command.span("command", parent=headers):
        pass
    command.close()
    assert received.get_finished_spans() == ()


def test_values_of_tenants_stay_out_of_spans() -> None:
    telemetry, exporter = traced()
    try:
        with telemetry.span("command", attributes={"command": "X", "env": "canary"}):
            raise ValueError("canary")
    except ValueError:
        telemetry.close()
    (span,) = exporter.get_finished_spans()
    assert dict(span.attributes or {}) == {"command": "X"}
    assert "canary" not in span.to_json()

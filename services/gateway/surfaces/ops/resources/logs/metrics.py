"""One service's counters as Prometheus reads them. Pure: a document in, text out."""

from collections.abc import Iterator

from shared.queries.telemetry import CountersDocument

MEDIA_TYPE = "text/plain; version=0.0.4"
_PREFIX = "chronoplane_service"


def exposition(document: CountersDocument) -> str:
    return "\n".join(_lines(document)) + "\n"


def _lines(of: CountersDocument) -> Iterator[str]:
    labels = f'service="{_text(of.name)}",project="{_text(of.project)}",id="{_text(of.service_id)}"'
    yield from _head("requests_total", "counter", "Requests since the day began (UTC), by class.")
    for name, count in of.by_class:
        yield f'{_PREFIX}_requests_total{{{labels},class="{name}"}} {count}'
    counters = (
        ("failed_total", of.failed, "Requests that no replica answered in full."),
        ("aborted_total", of.aborted, "Requests that their client left."),
        ("refused_total", of.refused, "Requests that waited for a replica in vain."),
        ("received_bytes_total", of.bytes_in, "Bytes of requests."),
        ("sent_bytes_total", of.bytes_out, "Bytes of answers."),
        ("restarts_total", of.restarts, "Starts after the first in a replica's place."),
    )
    for name, value, text in counters:
        yield from _head(name, "counter", text)
        yield f"{_PREFIX}_{name}{{{labels}}} {value}"
    yield from _histogram(of, labels)
    gauges = (
        ("wanted", of.replicas_wanted),
        ("current", of.replicas_current),
        ("ready", of.replicas_ready),
    )
    yield from _head("replicas", "gauge", "Replicas that are wanted, that run, that are ready.")
    for state, value in gauges:
        yield f'{_PREFIX}_replicas{{{labels},state="{state}"}} {value}'


def _histogram(of: CountersDocument, labels: str) -> Iterator[str]:
    """Bucket i ends at 2**i ms; the last has no end."""
    yield from _head("latency_seconds", "histogram", "How long answers took, at the edge.")
    below = 0
    for bucket, count in enumerate(of.latency[:-1]):
        below += count
        yield f'{_PREFIX}_latency_seconds_bucket{{{labels},le="{2**bucket / 1000:g}"}} {below}'
    total = sum(of.latency)
    yield f'{_PREFIX}_latency_seconds_bucket{{{labels},le="+Inf"}} {total}'
    yield f"{_PREFIX}_latency_seconds_sum{{{labels}}} {of.latency_ms / 1000:g}"
    yield f"{_PREFIX}_latency_seconds_count{{{labels}}} {total}"


def _head(name: str, kind: str, text: str) -> tuple[str, str]:
    return f"# HELP {_PREFIX}_{name} {text}", f"# TYPE {_PREFIX}_{name} {kind}"


def _text(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

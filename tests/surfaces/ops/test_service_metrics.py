"""A service's counters in the text that Prometheus reads."""

from dataclasses import replace
from datetime import UTC, datetime

from prometheus_client.parser import text_string_to_metric_families

from services.gateway.surfaces.ops.resources.logs.metrics import exposition
from shared.queries.telemetry import CountersDocument

COUNTED = CountersDocument(
    service_id="0a" * 12,
    name='we"b',
    project="acme",
    since=datetime(2026, 1, 1, tzinfo=UTC),
    requests=7,
    by_class=(("1xx", 0), ("2xx", 5), ("3xx", 0), ("4xx", 1), ("5xx", 1)),
    failed=1,
    aborted=2,
    refused=3,
    bytes_in=10,
    bytes_out=20,
    latency_ms=1500,
    latency=(1, 0, 4) + (0,) * 16 + (2,),
    restarts=4,
    replicas_wanted=3,
    replicas_current=2,
    replicas_ready=1,
)


def test_prometheus_reads_every_counter_and_a_cumulative_histogram() -> None:
    families = {one.name: one for one in text_string_to_metric_families(exposition(COUNTED))}
    prefix = "chronoplane_service"
    by_class = {s.labels["class"]: s.value for s in families[f"{prefix}_requests"].samples}
    assert by_class == {"1xx": 0, "2xx": 5, "3xx": 0, "4xx": 1, "5xx": 1}
    assert families[f"{prefix}_requests"].samples[0].labels["service"] == 'we"b'
    histogram = families[f"{prefix}_latency_seconds"].samples
    buckets = {s.labels["le"]: s.value for s in histogram if s.name.endswith("_bucket")}
    assert (buckets["0.001"], buckets["0.002"], buckets["0.004"], buckets["+Inf"]) == (1, 1, 5, 7)
    assert list(buckets.values()) == sorted(buckets.values())
    assert {s.name.rpartition("_")[2]: s.value for s in histogram[-2:]} == {"sum": 1.5, "count": 7}
    replicas = {s.labels["state"]: s.value for s in families[f"{prefix}_replicas"].samples}
    assert replicas == {"wanted": 3, "current": 2, "ready": 1}
    assert families[f"{prefix}_restarts"].samples[0].value == 4


def test_a_service_that_nobody_asked_has_its_zeros() -> None:
    text = exposition(replace(COUNTED, latency=(), latency_ms=0))
    assert 'le="+Inf"} 0' in text

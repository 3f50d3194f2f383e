"""A process's own Prometheus registry, handed to whoever counts; never the library's global one."""

from prometheus_client import CollectorRegistry, Gauge, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.gc_collector import GCCollector

CONTENT_TYPE = CONTENT_TYPE_LATEST


def new_registry(process: str) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=True)
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    Gauge(
        "chronoplane_process",
        "1, labelled with the process's name.",
        ["process"],
        registry=registry,
    ).labels(process).set(1)
    return registry


def exposition(registry: CollectorRegistry) -> bytes:
    return generate_latest(registry)

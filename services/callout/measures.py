"""What the callout counts, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class Measures:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._asked = Counter(
            "chronoplane_subscriber_connections",
            "Subscribers that asked to be let in, by outcome.",
            ["outcome"],
            registry=registry,
        )
        self._closed = Counter(
            "chronoplane_subscriber_closed",
            "Connections of subscribers that we closed, by reason.",
            ["reason"],
            registry=registry,
        )
        self._connected = Gauge(
            "chronoplane_subscribers", "Subscribers that are connected.", registry=registry
        )

    def asked(self, outcome: str) -> None:
        self._asked.labels(outcome).inc()

    def closed(self, reason: str) -> None:
        self._closed.labels(reason).inc()

    def connected(self, count: int) -> None:
        self._connected.set(count)

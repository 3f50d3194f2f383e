"""What the deliverer counts, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class Measures:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.attempts = Counter(
            "chronoplane_webhook_attempts_total",
            "Attempts to deliver, by how they ended.",
            ["outcome"],
            registry=registry,
        )
        self.endpoints = Gauge(
            "chronoplane_webhook_endpoints", "Enabled webhooks.", registry=registry
        )

"""What the prober counts, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Measures:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._probes = Counter(
            "chronoplane_probes",
            "Probes, by pool and outcome.",
            ["pool", "outcome"],
            registry=registry,
        )
        self._lag = Histogram(
            "chronoplane_prober_lag_seconds",
            "How much later than due a probe began: a starved prober shows here.",
            ["pool"],
            buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5),
            registry=registry,
        )
        self._seconds = Histogram(
            "chronoplane_probe_seconds",
            "Time of a probe, measured inside its slot.",
            buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1),
            registry=registry,
        )
        self._transitions = Counter(
            "chronoplane_probe_transitions",
            "Verdicts told to the log.",
            ["ready"],
            registry=registry,
        )
        self._targets = Gauge(
            "chronoplane_probe_targets", "Replicas that are probed.", registry=registry
        )
        self._suspect = Gauge(
            "chronoplane_prober_suspect",
            "1 while so many replicas are silent that the prober doubts itself.",
            registry=registry,
        )

    def began(self, pool: str, *, lag: float) -> None:
        self._lag.labels(pool).observe(max(lag, 0.0))

    def ended(self, pool: str, outcome: str, seconds: float) -> None:
        self._probes.labels(pool, outcome).inc()
        self._seconds.observe(seconds)

    def told(self, *, ready: bool) -> None:
        self._transitions.labels(str(ready).lower()).inc()

    def watching(self, count: int) -> None:
        self._targets.set(count)

    def suspect(self, doubted: bool) -> None:
        self._suspect.set(doubted)

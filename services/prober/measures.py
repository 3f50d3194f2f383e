"""What the prober counts, for Prometheus, by kind of target."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

POOLS = ("startup", "steady")
OUTCOMES = ("healthy", "unhealthy", "impossible")


class Meters:
    """The metrics of the whole process; `of` gives those of one kind of target."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.probes = Counter(
            "chronoplane_probes",
            "Probes, by kind of target, pool and outcome.",
            ["kind", "pool", "outcome"],
            registry=registry,
        )
        self.lag = Histogram(
            "chronoplane_prober_lag_seconds",
            "How much later than due a probe began: a starved prober shows here.",
            ["kind", "pool"],
            buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5),
            registry=registry,
        )
        self.seconds = Histogram(
            "chronoplane_probe_seconds",
            "Time of a probe, measured inside its slot.",
            ["kind"],
            buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5),
            registry=registry,
        )
        self.transitions = Counter(
            "chronoplane_probe_transitions",
            "Verdicts told to the log.",
            ["kind", "ready"],
            registry=registry,
        )
        self.disagreements = Counter(
            "chronoplane_probe_disagreements",
            "Falls that were not told, because no second opinion agreed.",
            ["kind"],
            registry=registry,
        )
        self.targets = Gauge(
            "chronoplane_probe_targets",
            "Targets that this prober looks at.",
            ["kind"],
            registry=registry,
        )
        self.suspect = Gauge(
            "chronoplane_prober_suspect",
            "1 while so many targets are silent that the prober doubts itself.",
            ["kind"],
            registry=registry,
        )

    def of(self, kind: str) -> "Measures":
        return Measures(self, kind)


class Measures:
    """Children are looked up once: a thousand probes a second pass here."""

    def __init__(self, meters: Meters, kind: str) -> None:
        self._probes = {
            (pool, outcome): meters.probes.labels(kind, pool, outcome)
            for pool in POOLS
            for outcome in OUTCOMES
        }
        self._lag = {pool: meters.lag.labels(kind, pool) for pool in POOLS}
        self._seconds = meters.seconds.labels(kind)
        self._transitions = {
            ready: meters.transitions.labels(kind, str(ready).lower()) for ready in (True, False)
        }
        self._disagreements = meters.disagreements.labels(kind)
        self._targets = meters.targets.labels(kind)
        self._suspect = meters.suspect.labels(kind)

    def began(self, pool: str, *, lag: float) -> None:
        self._lag[pool].observe(max(lag, 0.0))

    def ended(self, pool: str, outcome: str, seconds: float) -> None:
        self._probes[pool, outcome].inc()
        self._seconds.observe(seconds)

    def told(self, *, ready: bool) -> None:
        self._transitions[ready].inc()

    def disagreed(self) -> None:
        self._disagreements.inc()

    def watching(self, count: int) -> None:
        self._targets.set(count)

    def suspect(self, doubted: bool) -> None:
        self._suspect.set(doubted)

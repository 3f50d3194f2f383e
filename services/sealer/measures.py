"""What the sealer counts, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class Measures:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._blocks = Counter("chronoplane_sealed_blocks", "Blocks sealed.", registry=registry)
        self._events = Counter("chronoplane_sealed_events", "Events sealed.", registry=registry)
        self._position = Gauge(
            "chronoplane_sealed_position", "Last log position sealed.", registry=registry
        )
        self._behind = Gauge(
            "chronoplane_witness_behind_blocks",
            "Checkpoints that the witness does not have yet.",
            registry=registry,
        )
        self._verified = Gauge(
            "chronoplane_verified_position",
            "Last position the newest verification looked at.",
            registry=registry,
        )
        self._bad = Gauge(
            "chronoplane_log_bad_position",
            "First position that is not as it was sealed; 0 where all is well.",
            registry=registry,
        )

    def sealed(self, *, blocks: int, events: int, position: int) -> None:
        self._blocks.inc(blocks)
        self._events.inc(events)
        self._position.set(position)

    def witness_behind(self, blocks: int) -> None:
        self._behind.set(blocks)

    def verified(self, *, position: int, bad_position: int | None) -> None:
        self._verified.set(position)
        self._bad.set(bad_position or 0)

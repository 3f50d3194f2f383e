"""What the command process counts, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Histogram


class Measures:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._commands = Counter(
            "chronoplane_commands",
            "Commands decided, by command and answer.",
            ["command", "answer"],
            registry=registry,
        )
        self._seconds = Histogram(
            "chronoplane_command_seconds",
            "Time from hearing a command to its reply.",
            buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5),
            registry=registry,
        )

    def count(self, command: str, answer: str, seconds: float) -> None:
        self._commands.labels(command, answer).inc()
        self._seconds.observe(seconds)

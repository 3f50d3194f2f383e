"""What the query process counts, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Measures:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.events = Counter(
            "chronoplane_projected_events", "Events put into the views.", registry=registry
        )
        self.position = Gauge(
            "chronoplane_view_position", "Position of a view.", ["view"], registry=registry
        )
        self.parked = Gauge(
            "chronoplane_parked_streams",
            "Streams a view shows nothing new of; each needs somebody.",
            ["view"],
            registry=registry,
        )
        self.halted = Gauge(
            "chronoplane_view_halted", "1 where a view has stopped.", ["view"], registry=registry
        )
        self.repairs = Counter(
            "chronoplane_position_holes",
            "Holes in the live events, filled from the log.",
            registry=registry,
        )
        self._questions = Counter(
            "chronoplane_questions",
            "Questions, by question and answer.",
            ["question", "answer"],
            registry=registry,
        )
        self._seconds = Histogram(
            "chronoplane_question_seconds",
            "Time from hearing a question to its answer, waiting for a position included.",
            buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2, 5),
            registry=registry,
        )
        self.frames_dropped = Counter(
            "chronoplane_frames_dropped",
            "Seconds of a service's traffic that were not kept: the database was away for long.",
            registry=registry,
        )
        self.lines = Counter(
            "chronoplane_log_lines", "Log lines received.", ["answer"], registry=registry
        )

    def question(self, question: str, answer: str, seconds: float) -> None:
        self._questions.labels(question, answer).inc()
        self._seconds.observe(seconds)

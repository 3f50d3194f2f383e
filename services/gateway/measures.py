"""What the gateway counts of itself: requests by surface and status, and how long they took."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from services.gateway.call import Call

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Measures:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "chronoplane_gateway_requests_total",
            "Requests answered.",
            ["surface", "method", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "chronoplane_gateway_request_seconds",
            "From the head of a request to the end of its answer.",
            ["surface"],
            buckets=_SECONDS,
            registry=registry,
        )

        # Finding a labelled child costs more than counting in it; the combinations are few.
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def answered(self, call: Call, seconds: float) -> None:
        # Methods are the client's words: a bounded set of labels only.
        method = call.method if call.method in _METHODS else "other"
        key = (call.surface.name, method, call.status)
        children = self._children.get(key)
        if children is None:
            counter = self._requests.labels(call.surface.name, method, str(call.status))
            children = self._children[key] = (counter, self._seconds.labels(call.surface.name))
        counter, histogram = children
        counter.inc()
        histogram.observe(seconds)


_METHODS = frozenset("GET HEAD POST PUT PATCH DELETE OPTIONS".split())

"""Finished requests and sampled loads in, one frame per service and second out. No I/O, no clock.

Frames of the same service and second add up: a request whose line came late (the process was away)
makes one more frame for its second, so that over time every finished request is counted once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.edge.actual import InFlight, Load
from shared.bus.routes import COLD_MAX, LATENCY_BUCKETS, Frame

SAMPLE_GAP_MAX = 2.0
_CLIENT_LEFT = frozenset("Cc")
_REPLICA_FAILED = frozenset("SsRI")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One finished request. `end` is HAProxy's termination state: who ended it, and when; `held`
    says how its wait for a first replica ended, empty where it did not wait. `first_byte_ms`: when
    its answer began, since it came."""

    service_id: str
    at_ms: int
    status: int
    duration_ms: int
    waited_ms: int
    bytes_in: int
    bytes_out: int
    end: str
    held: str
    held_ms: int = 0
    first_byte_ms: int = 0


@dataclass(slots=True)
class _Second:
    area: float = 0.0
    n: int = 0
    classes: list[int] = field(default_factory=lambda: [0] * 5)
    failed: int = 0
    aborted: int = 0
    refused: int = 0
    queued_max: int = 0
    wait_ms: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    latency: list[int] = field(default_factory=lambda: [0] * LATENCY_BUCKETS)
    latency_ms: int = 0
    cold: list[tuple[int, int, int]] = field(default_factory=list)
    replicas: InFlight = field(default_factory=dict)


class Tally:
    """Open seconds of each service. `seconds_max` bounds what a silent clock could pile up."""

    def __init__(self, edge_id: str, *, open_max: int = 20_000) -> None:
        self._edge_id = edge_id
        self._open_max = open_max
        self._open: dict[tuple[int, str], _Second] = {}
        self._sampled_at: float | None = None
        self._load: Mapping[str, Load] = {}
        self.dropped = 0

    def request(self, request: Request) -> None:
        second = self._second(request.at_ms // 1000, request.service_id)
        if second is None:
            self.dropped += 1
            return
        second.n += 1
        if 100 <= request.status < 600:
            second.classes[request.status // 100 - 1] += 1
        first = request.end[:1]
        second.aborted += first in _CLIENT_LEFT
        second.failed += first in _REPLICA_FAILED
        second.refused += request.held in ("full", "late", "gone")
        second.wait_ms += max(0, request.waited_ms)
        second.bytes_in += max(0, request.bytes_in)
        second.bytes_out += max(0, request.bytes_out)
        duration = max(0, request.duration_ms)
        second.latency[bucket_of(duration)] += 1
        second.latency_ms += duration
        if request.held == "ready" and first not in _CLIENT_LEFT and len(second.cold) < COLD_MAX:
            came = request.at_ms - duration
            second.cold.append((came, request.held_ms, request.first_byte_ms))

    def sample(
        self,
        at: float,
        load: Mapping[str, Load],
        replicas: Mapping[str, InFlight] | None = None,
    ) -> None:
        """`at` in seconds of the wall clock. Between two samples concurrency is taken to have
        been what the first one saw; over a gap nothing is known, so nothing is claimed."""
        since = self._sampled_at
        if since is not None and 0 < at - since <= SAMPLE_GAP_MAX:
            for service_id, its in self._load.items():
                if its.all:
                    self._integrate(service_id, its, since, at)
        for service_id, its in load.items():
            waiting = its.queued + its.held
            if waiting and (second := self._second(int(at), service_id)) is not None:
                second.queued_max = max(second.queued_max, waiting)
        for service_id, busy in (replicas or {}).items():
            if (second := self._second(int(at), service_id)) is not None:
                second.replicas = busy
        self._sampled_at, self._load = at, dict(load)

    def is_sampled(self, at: float) -> bool:
        """Whether the loads were read within the last moments: then silence means no traffic."""
        return self._sampled_at is not None and at - self._sampled_at <= SAMPLE_GAP_MAX

    def take(self, before: int) -> tuple[Frame, ...]:
        """The frames of all seconds before that one, oldest first; they are closed."""
        closed = sorted(key for key in self._open if key[0] < before)
        return tuple(self._frame(key, self._open.pop(key)) for key in closed)

    def _integrate(self, service_id: str, load: Load, since: float, until: float) -> None:
        start = since
        while start < until:
            end = min(until, float(int(start) + 1))
            if (second := self._second(int(start), service_id)) is not None:
                second.area += load.all * (end - start)
            start = end

    def _second(self, number: int, service_id: str) -> _Second | None:
        found = self._open.get((number, service_id))
        if found is None and len(self._open) < self._open_max:
            found = self._open[(number, service_id)] = _Second()
        return found

    def _frame(self, key: tuple[int, str], of: _Second) -> Frame:
        second, service_id = key
        one, two, three, four, five = of.classes
        return Frame(
            edge_id=self._edge_id,
            service_id=service_id,
            second=second,
            area=round(of.area, 3),
            n=of.n,
            classes=(one, two, three, four, five),
            failed=of.failed,
            aborted=of.aborted,
            refused=of.refused,
            queued_max=of.queued_max,
            wait_ms=of.wait_ms,
            bytes_in=of.bytes_in,
            bytes_out=of.bytes_out,
            latency=tuple(of.latency),
            latency_ms=of.latency_ms,
            cold=tuple(of.cold),
            replicas=tuple(sorted(of.replicas.items())),
        )


def bucket_of(duration_ms: int) -> int:
    """0: less than 1 ms; i: from 2**(i-1) to below 2**i ms; the last one takes the rest."""
    return min(duration_ms.bit_length(), LATENCY_BUCKETS - 1)

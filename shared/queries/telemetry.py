"""Log lines and traffic: kept beside the event log, with retention."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GetServiceLogs:
    """The newest `tail` lines strictly after `since`, oldest first. `project` is a handle."""

    project: str
    name: str
    tail: int = 100
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """`stream` is `stdout`, `stderr` or `system` (what the control plane says about it)."""

    at: datetime
    replica_id: str
    stream: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLines:
    items: tuple[LogLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowServiceLogs:
    """The lines that were taken after `after`, in that order; None: the newest `tail` first."""

    service_id: str
    after: int | None = None
    tail: int = 100
    limit: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedLine:
    number: int
    at: datetime
    replica_id: str
    stream: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFeed:
    """`seen`: go on after it."""

    lines: tuple[NumberedLine, ...]
    seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GetServiceCounters:
    """Of one service with a workload, since the day began."""

    service_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CountersDocument:
    """`latency[i]` counts answers of less than 2**i ms that are in no earlier one; `latency_ms` is
    their sum. `restarts` are starts after the first in a place, since the service was made."""

    service_id: str
    name: str
    project: str
    since: datetime
    requests: int
    by_class: tuple[tuple[str, int], ...]
    failed: int
    aborted: int
    refused: int
    bytes_in: int
    bytes_out: int
    latency_ms: int
    latency: tuple[int, ...]
    restarts: int
    replicas_wanted: int
    replicas_current: int
    replicas_ready: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListColdStarts:
    """Requests that waited for a first replica, newest first, over [start, end)."""

    service_id: str
    start: datetime
    end: datetime
    limit: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdStart:
    """Milliseconds since the request came: when the decision to wake was in the log, when a replica
    was started, when it was ready, when the request was let go, and when its answer began. The
    first three are None where the replica was on its way before the request came."""

    at: datetime
    placed_ms: int | None
    started_ms: int | None
    ready_ms: int | None
    held_ms: int
    first_byte_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdStartList:
    """`total` and the percentiles are of all in the period, `items` the newest of them."""

    items: tuple[ColdStart, ...]
    total: int
    first_byte_p50_ms: float | None
    first_byte_p95_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetServiceAnalytics:
    """Over [start, end); both None: the last hour (or as long as the service lived)."""

    project: str
    name: str
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyticsDocument:
    """Percentiles come from log2 histograms (upper bound interpolated), None without a request.

    Utilisations are fractions of the limit over the period, None where nothing was sampled; that of
    the GPUs also where the machine has none.
    `cold_starts` with the newest twenty."""

    service_id: str
    start: datetime
    end: datetime
    requests: int
    requests_per_second: float
    by_class: tuple[tuple[str, int], ...]  # ("2xx", n)...
    latency_p50_ms: float | None
    latency_p95_ms: float | None
    latency_p99_ms: float | None
    concurrency_average: float
    bytes_out: int
    replicas_current: int
    replicas_ready: int
    replicas_min: int
    replicas_max: int
    replica_seconds: float
    cpu_utilization: float | None
    memory_utilization: float | None
    cost_total: str
    cost_per_hour_per_replica: str = "0.00"
    samples: int = field(default=0)
    cold_starts: ColdStartList | None = None
    gpu_utilization: float | None = None

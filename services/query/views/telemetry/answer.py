"""Answers about log lines and traffic of one service."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from services.query.asked import Asked, Row
from services.query.view import View
from services.query.views.telemetry.cold_starts import cold_starts, list_cold_starts
from services.query.views.telemetry.counting import get_counters
from services.query.views.telemetry.following import follow_logs
from services.query.views.telemetry.percentiles import percentile
from shared.domain.rejections import Forbidden, Invalid, NotFound
from shared.domain.service.prices import cost, cost_text, price_per_hour, price_text
from shared.kernel.json import loads
from shared.kernel.names import slug_of
from shared.queries.telemetry import (
    AnalyticsDocument,
    FollowServiceLogs,
    GetServiceAnalytics,
    GetServiceCounters,
    GetServiceLogs,
    ListColdStarts,
    LogLine,
    LogLines,
)

Refusal = NotFound | Forbidden

TAIL_MAX = 10_000
EVER = datetime(1970, 1, 1, tzinfo=UTC)
PERIOD = timedelta(hours=1)
COLD_STARTS = 20


async def get_logs(question: GetServiceLogs, asked: Asked) -> LogLines | Refusal:
    service = await _service(question.project, question.name, "service.logs", asked)
    if isinstance(service, Refusal):
        return service
    rows = await asked.rows(
        "list_log_lines",
        service_id=service[0],
        since=question.since or EVER,
        until=asked.moment.at,
        tail=min(max(question.tail, 0), TAIL_MAX),
    )
    return LogLines(
        items=tuple(
            LogLine(at=row[0], replica_id=row[1], stream=row[2], message=row[3])
            for row in reversed(rows)
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    start: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


async def get_analytics(
    question: GetServiceAnalytics, asked: Asked
) -> AnalyticsDocument | Refusal | Invalid:
    service = await _service(question.project, question.name, "service.read", asked)
    if isinstance(service, Refusal):
        return service
    period = _period(question, created_at=service[2], now=asked.moment.at)
    if isinstance(period, Invalid):
        return period
    span = {"service_id": service[0], "start": period.start, "until": period.end}
    frames = await asked.row("sum_frames", **span)
    samples = await asked.row("sum_samples", **span)
    ran = await asked.row("sum_replica_seconds", **span)
    if frames is None or samples is None or ran is None:
        raise AssertionError("a sum has a row")
    cold = await cold_starts(asked, service[0], period.start, period.end, COLD_STARTS)
    document = _document(service, period, frames, samples, replica_seconds=float(ran[0]))
    return replace(document, cold_starts=cold)


def _period(
    question: GetServiceAnalytics, *, created_at: datetime, now: datetime
) -> Period | Invalid:
    end = min(question.end or now, now)
    start = question.start or max(end - PERIOD, min(created_at, end))
    if start > end:
        return Invalid(field="start", message="must not be after the end")
    return Period(start=start, end=end)


def _document(
    service: Row, period: Period, frames: Row, samples: Row, *, replica_seconds: float
) -> AnalyticsDocument:
    workload: dict[str, Any] = loads(service[1])
    price = price_per_hour(
        gpu=workload["gpu"],
        gpu_count=workload["gpu_count"],
        cpu=workload["cpu"],
        memory_gb=workload["memory_gb"],
    )
    requests, area, bytes_out = frames[:3]
    seconds = period.seconds
    latency = frames[8]
    return AnalyticsDocument(
        service_id=service[0],
        start=period.start,
        end=period.end,
        requests=requests,
        requests_per_second=round(requests / seconds, 6) if seconds > 0 else 0.0,
        by_class=tuple((f"{i + 1}xx", count) for i, count in enumerate(frames[3:8])),
        latency_p50_ms=percentile(latency, 0.50),
        latency_p95_ms=percentile(latency, 0.95),
        latency_p99_ms=percentile(latency, 0.99),
        concurrency_average=round(area / seconds, 6) if seconds > 0 else 0.0,
        bytes_out=bytes_out,
        replicas_current=service[3],
        replicas_ready=service[4],
        replicas_min=workload["replicas_min"],
        replicas_max=workload["replicas_max"],
        replica_seconds=round(replica_seconds, 3),
        cpu_utilization=_share(samples[0]),
        memory_utilization=_share(samples[1]),
        gpu_utilization=_share(samples[3]),
        cost_total=cost_text(cost(price, replica_seconds)),
        cost_per_hour_per_replica=price_text(price),
        samples=samples[2],
    )


def _share(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


async def _service(handle: str, name: str, action: str, asked: Asked) -> Row | Refusal:
    live = asked.index.project_of_handle(handle)
    if live is None:
        return NotFound(kind="project", key=handle)
    row = await asked.row("find_service", project_id=live.id, slug=slug_of(name))
    project = asked.project_of(handle, action, None if row is None else row[0])
    if isinstance(project, Refusal):
        return project
    return row if row is not None else NotFound(kind="service", key=name)


TELEMETRY = View(
    name="telemetry",
    sql=Path(__file__).parent / "sql",
    reads=("services", "scaling"),
    answers={
        GetServiceLogs: get_logs,
        GetServiceAnalytics: get_analytics,
        ListColdStarts: list_cold_starts,
        FollowServiceLogs: follow_logs,
        GetServiceCounters: get_counters,
    },
)

"""Traffic of a service: samples, kept beside the log of events and not as long."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from services.gateway.console.page import page, rendered
from services.gateway.console.pages.one_service import OneService, one_service
from services.gateway.console.pages.service import missing
from services.gateway.console.visit import Visit, together
from shared.queries.telemetry import AnalyticsDocument, GetServiceAnalytics

BUCKETS = 24
CHART_WIDTH, CHART_HEIGHT = 960, 120
SPANS = {"1h": 1, "6h": 6, "24h": 24, "7d": 168}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One bar of the chart and one row of its table."""

    start: datetime
    end: datetime
    requests: int
    failed: int
    p95_ms: float | None
    x: int
    height: int
    failed_height: int
    replicas: float
    replicas_height: int


async def traffic(visit: Visit) -> Response[bytes]:
    one = await one_service(visit)
    if one is None:
        return missing(visit)
    span = span_of(visit)
    whole: AnalyticsDocument | None = None
    buckets: list[Bucket] = []
    if one.then is not None and one.then.workload is not None:
        end = visit.at
        start = max(end - timedelta(hours=SPANS[span]), one.born)
        if end > start:
            whole, *parts = await analytics_of(visit, one, start, end)
            buckets = buckets_of([each for each in parts if each is not None])
    return rendered(
        visit,
        "traffic.html",
        one=one,
        tab="traffic",
        span=span,
        spans=tuple(SPANS),
        whole=whole,
        buckets=buckets,
        width=CHART_WIDTH,
        height=CHART_HEIGHT,
        most=max((each.requests for each in buckets), default=0),
    )


def span_of(visit: Visit) -> str:
    span = visit.query.get("span", "1h")
    if span in SPANS:
        return span
    visit.problems["span"] = "The span is one of " + ", ".join(SPANS) + "."
    return "1h"


async def analytics_of(
    visit: Visit, one: OneService, start: datetime, end: datetime
) -> list[AnalyticsDocument | None]:
    """The whole span first, then its parts."""
    step = (end - start) / BUCKETS
    edges = [(start, end)] + [(start + step * n, start + step * (n + 1)) for n in range(BUCKETS)]
    name = one.then.slug if one.then is not None else one.slug
    return await together(
        *(
            visit.find(
                GetServiceAnalytics(project=one.handle, name=name, start=begin, end=until),
                AnalyticsDocument,
            )
            for begin, until in edges
        )
    )


def buckets_of(parts: list[AnalyticsDocument]) -> list[Bucket]:
    most = max((each.requests for each in parts), default=0) or 1
    step = CHART_WIDTH // BUCKETS
    top = max((_replicas(each) for each in parts), default=0.0) or 1.0
    return [_bucket(each, number * step, most, top) for number, each in enumerate(parts)]


def _replicas(each: AnalyticsDocument) -> float:
    """How many there were on average."""
    return each.replica_seconds / max((each.end - each.start).total_seconds(), 1.0)


def _bucket(each: AnalyticsDocument, x: int, most: int, top: float) -> Bucket:
    failed = sum(number for name, number in each.by_class if name == "5xx")
    return Bucket(
        start=each.start,
        end=each.end,
        requests=each.requests,
        failed=failed,
        p95_ms=each.latency_p95_ms,
        x=x,
        height=round(each.requests / most * CHART_HEIGHT),
        failed_height=round(failed / most * CHART_HEIGHT),
        replicas=_replicas(each),
        replicas_height=round(_replicas(each) / top * CHART_HEIGHT),
    )


_ONE = "/console/p/{handle:str}/s/{service:str}"

HANDLERS: tuple[HTTPRouteHandler, ...] = (page(f"{_ONE}/traffic", traffic),)

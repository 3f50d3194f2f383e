"""How a service scales: requests, replicas and decisions over one axis, and what waking costs."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from services.gateway.console.page import page, rendered
from services.gateway.console.pages.one_service import OneService, one_service
from services.gateway.console.pages.service import missing
from services.gateway.console.pages.telemetry import (
    CHART_HEIGHT,
    CHART_WIDTH,
    SPANS,
    Bucket,
    analytics_of,
    buckets_of,
    span_of,
)
from services.gateway.console.visit import Visit
from services.gateway.surfaces.ops.resources.scaling.translate import from_scaling
from shared.queries.scaling import DecisionDocument, GetScaling, ScalingDocument
from shared.queries.telemetry import ColdStartList, ListColdStarts

DECISIONS = 100
COLD_STARTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A decision: its place on the axis, None where it is older than what is drawn."""

    x: int | None
    decision: DecisionDocument
    words: str


async def scaling(visit: Visit) -> Response[bytes]:
    one = await one_service(visit)
    if one is None:
        return missing(visit)
    span = span_of(visit)
    found: ScalingDocument | None = None
    if one.then is not None and one.then.workload is not None:
        question = GetScaling(service_id=one.id, decisions=DECISIONS)
        found = await visit.find(question, ScalingDocument)
    start = max(visit.at - timedelta(hours=SPANS[span]), one.born)
    is_drawn = found is not None and start < visit.at
    buckets = await _buckets(visit, one, start) if is_drawn else []
    return rendered(
        visit,
        "scaling.html",
        one=one,
        tab="scaling",
        span=span,
        spans=tuple(SPANS),
        found=found,
        summary="" if found is None else from_scaling(found).explanation,
        marks=[] if found is None else _marks(found, start, visit.at),
        buckets=buckets,
        cold=await _cold(visit, one, start) if is_drawn else None,
        start=start,
        width=CHART_WIDTH,
        height=CHART_HEIGHT,
        most=max((each.requests for each in buckets), default=0),
        top=max((each.replicas for each in buckets), default=0.0),
    )


async def _buckets(visit: Visit, one: OneService, start: datetime) -> list[Bucket]:
    _, *parts = await analytics_of(visit, one, start, visit.at)
    return buckets_of([each for each in parts if each is not None])


async def _cold(visit: Visit, one: OneService, start: datetime) -> ColdStartList | None:
    question = ListColdStarts(service_id=one.id, start=start, end=visit.at, limit=COLD_STARTS)
    return await visit.find(question, ColdStartList)


def _marks(found: ScalingDocument, start: datetime, end: datetime) -> list[Mark]:
    sentences = from_scaling(found).decisions
    return [
        Mark(x=_x(each.at, start, end), decision=each, words=sentence.explanation)
        for each, sentence in zip(found.decisions, sentences, strict=True)
    ]


def _x(at: datetime, start: datetime, end: datetime) -> int | None:
    if not start <= at <= end or start == end:
        return None
    return round((at - start) / (end - start) * CHART_WIDTH)


HANDLERS: tuple[HTTPRouteHandler, ...] = (
    page("/console/p/{handle:str}/s/{service:str}/scaling", scaling),
)

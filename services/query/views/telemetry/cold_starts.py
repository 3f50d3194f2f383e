"""Requests that waited for a first replica, each with what it waited for."""

from datetime import datetime

from services.query.asked import Asked, Row
from shared.domain.rejections import NotFound
from shared.queries.telemetry import ColdStart, ColdStartList, ListColdStarts

LIMIT_MAX = 1000


async def list_cold_starts(question: ListColdStarts, asked: Asked) -> ColdStartList | NotFound:
    row = await asked.row("find_service_by_id", service_id=question.service_id)
    if row is None or not asked.may("service.read", row[1], question.service_id):
        return NotFound(kind="service", key=question.service_id)
    return await cold_starts(
        asked, question.service_id, question.start, question.end, question.limit
    )


async def cold_starts(
    asked: Asked, service_id: str, start: datetime, end: datetime, limit: int
) -> ColdStartList:
    """Up to the moment asked for: what came later had not happened."""
    span = {"service_id": service_id, "start": start, "until": min(end, asked.moment.at)}
    counted = await asked.row("count_cold_starts", **span)
    if counted is None:
        raise AssertionError("a count has a row")
    found = await asked.rows("list_cold_starts", **span, limit=min(max(limit, 0), LIMIT_MAX))
    return ColdStartList(
        items=tuple(_cold_start(one) for one in found),
        total=counted[0],
        first_byte_p50_ms=counted[1],
        first_byte_p95_ms=counted[2],
    )


def _cold_start(row: Row) -> ColdStart:
    return ColdStart(
        at=row[0],
        held_ms=row[1],
        first_byte_ms=row[2],
        placed_ms=row[3],
        started_ms=row[4],
        ready_ms=row[5],
    )

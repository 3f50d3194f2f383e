"""Counters of one service since the day began, in UTC, for those who scrape them.

A counter that starts anew each day is a reset, as a restarted process makes one: who reads it knows
what to do, and a scrape never adds up more than a day."""

from datetime import UTC

from services.query.asked import Asked
from shared.domain.rejections import NotFound
from shared.queries.telemetry import CountersDocument, GetServiceCounters


async def get_counters(question: GetServiceCounters, asked: Asked) -> CountersDocument | NotFound:
    service_id = question.service_id
    service = await asked.row("count_replicas", service_id=service_id)
    if service is None or not asked.may("service.read", service[1], service_id):
        return NotFound(kind="service", key=service_id)
    start = asked.now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    row = await asked.row("count_today", service_id=service_id, start=start)
    if row is None:
        raise AssertionError("a sum has a row")
    project = asked.index.projects.get(service[1])
    return CountersDocument(
        service_id=service_id,
        name=service[0],
        project=project.handle if project is not None else "",
        since=start,
        requests=row[0],
        by_class=tuple((f"{i + 1}xx", count) for i, count in enumerate(row[1:6])),
        failed=row[6],
        aborted=row[7],
        refused=row[8],
        bytes_in=row[9],
        bytes_out=row[10],
        latency_ms=row[11],
        latency=tuple(row[12]),
        restarts=row[13],
        replicas_wanted=service[2],
        replicas_current=service[3],
        replicas_ready=service[4],
    )

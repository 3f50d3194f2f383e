"""What the prober saw beside replicas: watched URLs and custom domains, rows and documents."""

from typing import Any, Literal, assert_never

from services.query.asked import Asked, Row
from services.query.view import Write
from services.query.views.services.certificates import close_certificate, set_certificate
from shared.domain.custom_domain.events import (
    CertificateRemoved,
    CertificateSet,
    CustomDomainEvent,
    DomainCheckFailed,
    DomainVerified,
)
from shared.domain.service.facets.registration import url_to_watch
from shared.domain.watch.events import WatchBecameHealthy, WatchBecameUnhealthy, WatchEvent
from shared.envelope.event import EventEnvelope
from shared.kernel.json import loads
from shared.queries.watches import (
    DomainDocument,
    DomainTarget,
    DomainTargetList,
    ListDomainTargets,
    ListWatchTargets,
    WatchTarget,
    WatchTargetList,
)

LIMIT_MAX = 1000


def of_watch(event: WatchEvent, envelope: EventEnvelope) -> tuple[Write, ...]:
    match event:
        case WatchBecameHealthy():
            seen: dict[str, Any] = {"is_healthy": True, "reason": ""}
        case WatchBecameUnhealthy():
            seen = {"is_healthy": False, "reason": event.reason}
        case _:
            assert_never(event)
    row = {**_place(event, envelope), "url": event.url, **seen}
    return (Write(statement="set_watch", key=event.service_id, row=row),)


def of_custom_domain(event: CustomDomainEvent, envelope: EventEnvelope) -> tuple[Write, ...]:
    match event:
        case DomainVerified():
            found: dict[str, Any] = {"is_verified": True, "reason": ""}
        case DomainCheckFailed():
            found = {"is_verified": False, "reason": event.reason}
        case CertificateSet():
            return (set_certificate(event, envelope),)
        case CertificateRemoved():
            return (close_certificate(event, envelope),)
        case _:
            assert_never(event)
    row = {**_place(event, envelope), "domain": event.domain, **found}
    return (Write(statement="set_custom_domain", key=event.service_id, row=row),)


def _place(event: WatchEvent | CustomDomainEvent, envelope: EventEnvelope) -> dict[str, Any]:
    return {
        "service_id": event.service_id,
        "project_id": event.project_id,
        "position": envelope.position,
        "at": envelope.at,
    }


async def list_watch_targets(question: ListWatchTargets, asked: Asked) -> WatchTargetList:
    limit = min(max(question.limit, 1), LIMIT_MAX)
    rows = await asked.rows(
        "list_watch_targets",
        after_id=question.after_id,
        service_id=question.service_id,
        limit=limit,
    )
    items = tuple(target for row in rows if (target := _watch_target(row)) is not None)
    return WatchTargetList(items=items, last_id=rows[-1][0] if len(rows) == limit else None)


def _watch_target(row: Row) -> WatchTarget | None:
    facet = loads(row[2])
    health_url = facet["health_check_url"]
    url = url_to_watch(health_url, facet["prediction_url"], _labels(row[3]))
    if url is None:
        return None
    return WatchTarget(
        service_id=row[0],
        project_id=row[1],
        url=url,
        is_health_url=url == health_url,
        is_healthy=row[5] if row[4] == url else None,
    )


async def list_domain_targets(question: ListDomainTargets, asked: Asked) -> DomainTargetList:
    rows = await asked.rows(
        "list_domain_targets",
        after_id=question.after_id,
        service_id=question.service_id,
        limit=min(max(question.limit, 1), LIMIT_MAX),
    )
    return DomainTargetList(items=tuple(_domain_target(row, asked) for row in rows))


def _domain_target(row: Row, asked: Asked) -> DomainTarget:
    project = asked.index.projects.get(row[1])
    return DomainTarget(
        service_id=row[0],
        project_id=row[1],
        domain=row[2],
        service_host=f"{row[3]}.{project.handle if project else ''}",
        is_verified=row[4],
    )


def domain_of(row: Row, domain: str | None) -> DomainDocument | None:
    """`row` is domain, is_verified, reason, at: of this domain or of one before it."""
    if domain is None:
        return None
    if row[0] != domain:
        return DomainDocument(domain=domain, state="pending", reason="", since=None)
    state: Literal["verified", "failed"] = "verified" if row[1] else "failed"
    return DomainDocument(domain=domain, state=state, reason=row[2], since=row[3])


def _labels(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in loads(text))

"""quotas: one row per setting of a project's quota. Fed by quota events."""

from dataclasses import asdict

from services.query.view import Write
from shared.domain.quota.events import QuotaSet
from shared.envelope.event import EventEnvelope


def project(event: object, envelope: EventEnvelope) -> tuple[Write, ...]:
    if not isinstance(event, QuotaSet):
        return ()
    row = {
        "project_id": event.project_id,
        "position": envelope.position,
        **asdict(event.quota),
    }
    return (Write(statement="add_quota", key=event.project_id, row=row),)

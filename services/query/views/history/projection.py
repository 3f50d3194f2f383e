"""history: which positions of the log concern a service. The events stay where they are."""

from services.query.view import Write
from shared.envelope.event import EventEnvelope


def project(event: object, envelope: EventEnvelope) -> tuple[Write, ...]:
    service_id: str = event.service_id  # type: ignore[attr-defined]  # all events of both have it
    return (
        Write(
            statement="insert_service_event",
            key="",  # No two rows meet, so their order does not matter.
            row={"service_id": service_id, "position": envelope.position},
        ),
    )

"""A recorded event as the bus carries it: what the relay sends and the views read is one shape."""

from datetime import UTC
from typing import Any

from shared.envelope.event import EventEnvelope
from shared.eventstore.messages import Recorded


def envelope_of(recorded: Recorded) -> EventEnvelope:
    return EventEnvelope(
        position=recorded.position,
        at=recorded.recorded_at,
        account_id=recorded.account_id,
        stream=recorded.stream,
        version=recorded.version,
        event_id=recorded.event_id,
        type=recorded.type,
        schema_version=recorded.schema_version,
        command_id=recorded.command_id,
        correlation_id=recorded.correlation_id,
        causation_id=recorded.causation_id,
        actor=recorded.actor,
        credential_id=recorded.credential_id,
        surface=recorded.surface,
        reason=recorded.reason,
        data=recorded.data,
    )


def envelope_of_row(row: tuple[Any, ...]) -> EventEnvelope:
    """Of READ_ENVELOPES: for who reads the whole log, every object less is time."""
    return EventEnvelope(
        position=row[0],
        at=row[1].astimezone(UTC),
        account_id=row[2],
        stream=row[3],
        version=row[4],
        event_id=row[5],
        type=row[6],
        schema_version=row[7],
        command_id=row[8],
        correlation_id=row[9],
        causation_id=row[10],
        actor=row[11],
        credential_id=row[12],
        surface=row[13],
        reason=row[14],
        data=row[15],
    )

"""A recorded event as the bus carries it: what the relay sends and the views read is one shape."""

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

"""Tags of conversations as rows of their own, beside the service's: a list of those in use."""

from services.query.view import Write
from shared.domain.service.facets.conversation import Conversation
from shared.envelope.event import EventEnvelope
from shared.kernel.json import dumps


def tags_set(
    service_id: str, conversation: Conversation | None, envelope: EventEnvelope
) -> tuple[Write, ...]:
    """Comes after the row of the service, which says which project it is in."""
    if conversation is None:
        return ()
    words = {f"{key}:{'' if value is None else value}" for key, value in conversation.tags}
    row = {
        "service_id": service_id,
        "position": envelope.position,
        "tags": dumps(sorted(words)),
    }
    return (Write(statement="set_conversation_tags", key=service_id, row=row),)

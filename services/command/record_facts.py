"""Facts about agents and state machines: their streams, read and folded for one decision."""

from functools import reduce

from shared.domain.facts import RecordFacts
from shared.domain.record.aggregate import RECORD
from shared.domain.record.state import Live
from shared.envelope.event import decode_event
from shared.eventstore import Store


async def record_facts(store: Store, ids: tuple[str, ...]) -> dict[str, RecordFacts]:
    """Of those that exist."""
    facts: dict[str, RecordFacts] = {}
    for record_id in ids:
        past = await store.read(f"{RECORD.stream_type}-{record_id}")
        events = (decode_event(e.type, e.schema_version, e.data) for e in past.events)
        state = reduce(RECORD.evolve, events, RECORD.initial)
        if isinstance(state, Live):
            facts[record_id] = RecordFacts(
                kind=state.kind,
                project_id=state.project_id,
                versions=state.versions,
                is_deprecated=state.is_deprecated,
            )
    return facts

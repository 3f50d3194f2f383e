"""conversations: unit test and record rows. Services have a view of their own."""

from typing import Any, assert_never

from services.query.view import Write
from shared.domain.record.events import (
    RecordDeclared,
    RecordEvent,
    RecordRevised,
    RecordVersionAdded,
)
from shared.domain.unit_test.events import (
    UnitTestAbandoned,
    UnitTestCreated,
    UnitTestDeleted,
    UnitTestEvent,
)
from shared.envelope.event import EventEnvelope
from shared.kernel.json import dumps

_KEPT: dict[str, Any] = {
    "new_name": None,
    "new_description": None,
    "new_deprecated": None,
    "new_versions": None,
}


def project(event: object, envelope: EventEnvelope) -> tuple[Write, ...]:
    if envelope.stream_type == "record":
        return _of_record(event, envelope)  # type: ignore[arg-type]  # the stream's type says so
    return _of_unit_test(event, envelope)  # type: ignore[arg-type]  # the stream's type says so


def _of_record(event: RecordEvent, envelope: EventEnvelope) -> tuple[Write, ...]:
    row = {"record_id": event.record_id, "position": envelope.position, "at": envelope.at}
    match event:
        case RecordDeclared():
            made = {
                **row,
                "project_id": event.project_id,
                "kind": event.kind,
                "name": event.name,
                "description": event.description,
            }
            return (Write(statement="insert_record", key=event.record_id, row=made),)
        case RecordRevised():
            change = {
                **_KEPT,
                **row,
                "new_name": event.name,
                "new_description": event.description,
                "new_deprecated": event.is_deprecated,
            }
            return (Write(statement="change_record", key=event.record_id, row=change),)
        case RecordVersionAdded():
            change = {**_KEPT, **row, "new_versions": event.number}
            added = {
                **row,
                "number": event.number,
                "content": dumps(event.content),
                "actor": envelope.actor,
            }
            return (
                Write(statement="change_record", key=event.record_id, row=change),
                Write(statement="insert_record_version", key=event.record_id, row=added),
            )
        case _:
            assert_never(event)


def _of_unit_test(event: UnitTestEvent, envelope: EventEnvelope) -> tuple[Write, ...]:
    row = {
        "unit_test_id": event.unit_test_id,
        "position": envelope.position,
        "at": envelope.at,
        "actor": envelope.actor,
    }
    match event:
        case UnitTestCreated():
            made = {
                **row,
                "project_id": event.project_id,
                "service_id": event.service_id,
                "name": event.name,
                "description": event.description,
                "version_set_name": event.version_set_name,
                "persona_id": event.persona_id,
                "scenario_id": event.scenario_id,
                "interactions_max": event.interactions_max,
                "success_criteria": dumps(event.success_criteria),
                "tags": dumps(event.tags),
            }
            return (Write(statement="insert_unit_test", key=event.unit_test_id, row=made),)
        case UnitTestDeleted():
            return (Write(statement="delete_unit_test", key=event.unit_test_id, row=row),)
        case UnitTestAbandoned():
            return ()  # It was never there.
        case _:
            assert_never(event)

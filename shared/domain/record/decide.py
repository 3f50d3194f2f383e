"""The rules of records."""

from typing import assert_never

from shared.domain.facts import Facts
from shared.domain.record.commands import (
    AddRecordVersion,
    DeclareRecord,
    RecordCommand,
    ReviseRecord,
)
from shared.domain.record.events import (
    RecordDeclared,
    RecordEvent,
    RecordRevised,
    RecordVersionAdded,
)
from shared.domain.record.state import Absent, Live, State
from shared.domain.rejections import Conflicting, Invalid, NotFound, Rejection
from shared.kernel.unset import Unset

Decision = tuple[RecordEvent, ...] | Rejection

NAME_LENGTH_MAX = 200
DESCRIPTION_LENGTH_MAX = 10_000


def decide(command: RecordCommand, state: State, facts: Facts) -> Decision:
    if facts.project is None:
        return NotFound(kind="project", key=command.project_id)
    if isinstance(command, DeclareRecord):
        return _declare(command, state)
    if (
        not isinstance(state, Live)
        or state.project_id != command.project_id
        or state.kind != command.kind
    ):
        return NotFound(kind=command.kind, key=command.record_id)
    match command:
        case ReviseRecord():
            return _revise(command, state)
        case AddRecordVersion():
            return (
                RecordVersionAdded(
                    record_id=command.record_id,
                    number=state.versions + 1,
                    content=command.content,
                ),
            )
        case _:
            assert_never(command)


def _declare(command: DeclareRecord, state: State) -> Decision:
    if not isinstance(state, Absent):
        return Conflicting(state="exists", message="A record with this id exists.")
    if (rejection := _text_rejection(command.name, command.description)) is not None:
        return rejection
    return (
        RecordDeclared(
            record_id=command.record_id,
            project_id=command.project_id,
            kind=command.kind,
            name=command.name,
            description=command.description,
        ),
    )


def _revise(command: ReviseRecord, state: Live) -> Decision:
    after = RecordRevised(
        record_id=command.record_id,
        name=state.name if isinstance(command.name, Unset) else command.name,
        description=state.description
        if isinstance(command.description, Unset)
        else command.description,
        is_deprecated=state.is_deprecated
        if isinstance(command.is_deprecated, Unset)
        else command.is_deprecated,
    )
    if (rejection := _text_rejection(after.name, after.description)) is not None:
        return rejection
    before = (state.name, state.description, state.is_deprecated)
    if before == (after.name, after.description, after.is_deprecated):
        return ()
    return (after,)


def _text_rejection(name: str, description: str) -> Invalid | None:
    if not name.strip() or len(name) > NAME_LENGTH_MAX:
        return Invalid(field="name", message=f"must have 1 to {NAME_LENGTH_MAX} characters")
    if len(description) > DESCRIPTION_LENGTH_MAX:
        return Invalid(
            field="description", message=f"must have at most {DESCRIPTION_LENGTH_MAX} characters"
        )
    return None

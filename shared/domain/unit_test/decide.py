"""The rules of unit tests."""

from typing import assert_never

from shared.domain.facts import Facts
from shared.domain.rejections import Conflicting, Invalid, NotFound, Rejection
from shared.domain.unit_test.commands import (
    AbandonUnitTest,
    CreateUnitTest,
    DeleteUnitTest,
    UnitTestCommand,
)
from shared.domain.unit_test.events import (
    UnitTestAbandoned,
    UnitTestCreated,
    UnitTestDeleted,
    UnitTestEvent,
)
from shared.domain.unit_test.state import Abandoned, Absent, Deleted, Live, State
from shared.kernel.ids import is_id

Decision = tuple[UnitTestEvent, ...] | Rejection

INTERACTIONS_LIMIT = 100
NAME_LENGTH_MAX = 255


def decide(command: UnitTestCommand, state: State, facts: Facts) -> Decision:
    if facts.project is None:
        return NotFound(kind="project", key=command.project_id)
    if isinstance(command, CreateUnitTest):
        return _create(command, state)
    if not isinstance(state, Absent) and (
        state.project_id != command.project_id or state.service_id != command.service_id
    ):
        return NotFound(kind="unit_test", key=command.unit_test_id)
    match command:
        case DeleteUnitTest():
            return _delete(command, state)
        case AbandonUnitTest():
            return _abandon(command, state)
        case _:
            assert_never(command)


def _create(command: CreateUnitTest, state: State) -> Decision:
    if not isinstance(state, Absent):
        return Conflicting(state="exists", message="A unit test with this id exists.")
    if (rejection := _field_rejection(command)) is not None:
        return rejection
    return (
        UnitTestCreated(
            unit_test_id=command.unit_test_id,
            project_id=command.project_id,
            service_id=command.service_id,
            name=command.name,
            description=command.description,
            version_set_name=command.version_set_name,
            persona_id=command.persona_id,
            scenario_id=command.scenario_id,
            interactions_max=command.interactions_max,
            success_criteria=command.success_criteria,
            tags=command.tags,
        ),
    )


def _field_rejection(command: CreateUnitTest) -> Invalid | None:
    if not command.name.strip() or len(command.name) > NAME_LENGTH_MAX:
        return Invalid(field="name", message=f"must have 1 to {NAME_LENGTH_MAX} characters")
    if not command.description.strip():
        return Invalid(field="description", message="must not be empty")
    for field in ("persona_id", "scenario_id"):
        if not is_id(getattr(command, field)):
            return Invalid(field=field, message="must be 24 hexadecimal digits")
    if not 1 <= command.interactions_max <= INTERACTIONS_LIMIT:
        return Invalid(field="interactions_max", message=f"must be from 1 to {INTERACTIONS_LIMIT}")
    if not command.success_criteria:
        return Invalid(field="success_criteria", message="must have at least one")
    if not all(is_id(criterion.metric_id) for criterion in command.success_criteria):
        return Invalid(field="success_criteria", message="must name metrics by 24 hex digits")
    return None


def _delete(command: DeleteUnitTest, state: State) -> Decision:
    match state:
        case Live():
            return (
                UnitTestDeleted(
                    unit_test_id=command.unit_test_id,
                    project_id=command.project_id,
                    service_id=command.service_id,
                ),
            )
        case Deleted():
            return ()
        case Absent() | Abandoned():
            return NotFound(kind="unit_test", key=command.unit_test_id)
        case _:
            assert_never(state)


def _abandon(command: AbandonUnitTest, state: State) -> Decision:
    match state:
        case Absent():
            return (
                UnitTestAbandoned(
                    unit_test_id=command.unit_test_id,
                    project_id=command.project_id,
                    service_id=command.service_id,
                ),
            )
        case Live():
            return Conflicting(state="exists", message="The unit test was created.")
        case Deleted() | Abandoned():
            return ()
        case _:
            assert_never(state)

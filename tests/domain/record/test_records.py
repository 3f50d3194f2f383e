"""Records: declared, versioned, deprecated; of one project and one kind."""

from typing import Any

import pytest

from shared.domain.record.commands import AddRecordVersion, DeclareRecord, ReviseRecord
from shared.domain.record.events import RecordDeclared, RecordRevised, RecordVersionAdded
from shared.domain.rejections import Conflicting, Invalid, NotFound
from tests.support.given import PROJECT_ID, given

ID = "0c" * 12
DECLARED = RecordDeclared(
    record_id=ID, project_id=PROJECT_ID, kind="agent", name="Coach", description=""
)
DECLARE = DeclareRecord(record_id=ID, project_id=PROJECT_ID, kind="agent", name="Coach")
ADD = AddRecordVersion(record_id=ID, project_id=PROJECT_ID, kind="agent", content={"a": 1})


def revise(**changes: Any) -> ReviseRecord:
    return ReviseRecord(record_id=ID, project_id=PROJECT_ID, kind="agent", **changes)


def test_a_record_is_declared_once() -> None:
    given().when(DECLARE).then(DECLARED)
    given(DECLARED).when(DECLARE).then_rejected(Conflicting, state="exists")


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
def test_a_record_has_a_name_of_bearable_length(name: str) -> None:
    command = DeclareRecord(record_id=ID, project_id=PROJECT_ID, kind="agent", name=name)
    given().when(command).then_rejected(Invalid, field="name")
    given(DECLARED).when(revise(name=name)).then_rejected(Invalid, field="name")


def test_versions_count_from_one() -> None:
    first = RecordVersionAdded(record_id=ID, number=1, content={"a": 1})
    second = RecordVersionAdded(record_id=ID, number=2, content={"a": 1})
    given(DECLARED).when(ADD).then(first)
    given(DECLARED, first).when(ADD).then(second)


def test_a_record_is_deprecated_and_keeps_the_rest() -> None:
    deprecated = RecordRevised(record_id=ID, name="Coach", description="", is_deprecated=True)
    decided = given(DECLARED).when(revise(is_deprecated=True)).then(deprecated)
    decided.then_again_nothing_happens()


def test_the_same_again_leaves_no_trace() -> None:
    given(DECLARED).when(revise(name="Coach")).then_nothing_happened()


@pytest.mark.parametrize(
    "command",
    [
        AddRecordVersion(record_id=ID, project_id=PROJECT_ID, kind="state_machine", content={}),
        AddRecordVersion(record_id=ID, project_id="0f" * 12, kind="agent", content={}),
        ReviseRecord(record_id=ID, project_id="0f" * 12, kind="agent", name="x"),
    ],
)
def test_another_kind_or_project_does_not_have_it(command: Any) -> None:
    given(DECLARED).when(command).then_rejected(NotFound, key=ID)


def test_what_was_never_declared_is_absent() -> None:
    given().when(ADD).then_rejected(NotFound, kind="agent")

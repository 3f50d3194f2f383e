"""Unit tests: created once under a name, deleted for good, or abandoned before they were."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.claim import release, take
from shared.domain.rejections import Conflicting, Invalid, NotFound
from shared.domain.unit_test.commands import (
    AbandonUnitTest,
    CreateUnitTest,
    DeleteUnitTest,
    SuccessCriterion,
)
from shared.domain.unit_test.events import (
    UnitTestAbandoned,
    UnitTestCreated,
    UnitTestDeleted,
)
from tests.support.given import PROJECT_ID, given

ID, SERVICE, OTHER = "0c" * 12, "0d" * 12, "0e" * 12
WHERE: dict[str, Any] = {"unit_test_id": ID, "project_id": PROJECT_ID, "service_id": SERVICE}
SAID: dict[str, Any] = {
    "name": "greets",
    "description": "says hello",
    "version_set_name": "release",
    "persona_id": OTHER,
    "scenario_id": OTHER,
    "interactions_max": 5,
    "success_criteria": (
        SuccessCriterion(
            name="ok", metric_id=OTHER, criterion={"type": "boolean", "expected_value": True}
        ),
    ),
    "tags": (("k", None),),
}
CREATE = CreateUnitTest(**WHERE, **SAID)
CREATED = UnitTestCreated(**WHERE, **SAID)
DELETE, DELETED = DeleteUnitTest(**WHERE), UnitTestDeleted(**WHERE)
ABANDON, ABANDONED = AbandonUnitTest(**WHERE), UnitTestAbandoned(**WHERE)


def test_a_test_claims_its_name_in_the_project() -> None:
    decided = given().when(CREATE).then(CREATED)
    decided.then_claimed(take("unit_test_name", f"{PROJECT_ID}:greets"))


def test_a_deleted_test_frees_its_name_and_deletes_once() -> None:
    decided = given(CREATED).when(DELETE).then(DELETED)
    decided.then_claimed(release("unit_test_name", f"{PROJECT_ID}:greets"))
    decided.then_again_nothing_happens()


def test_an_abandoned_test_can_never_be_created() -> None:
    given().when(ABANDON).then(ABANDONED).then_again_nothing_happens()
    given(ABANDONED).when(CREATE).then_rejected(Conflicting, state="exists")
    given(ABANDONED).when(DELETE).then_rejected(NotFound, kind="unit_test")


def test_a_test_that_was_created_cannot_be_abandoned() -> None:
    given(CREATED).when(ABANDON).then_rejected(Conflicting, state="exists")
    given(CREATED, DELETED).when(ABANDON).then_nothing_happened()


@pytest.mark.parametrize("field", ["project_id", "service_id"])
def test_a_test_is_of_one_project_and_one_service(field: str) -> None:
    for command in (DELETE, ABANDON):
        foreign = replace(command, **{field: "0f" * 12})
        given(CREATED).when(foreign).then_rejected(NotFound, kind="unit_test")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "x" * 256),
        ("description", ""),
        ("persona_id", "p"),
        ("scenario_id", "s"),
        ("interactions_max", 0),
        ("interactions_max", 101),
        ("success_criteria", ()),
        (
            "success_criteria",
            (SuccessCriterion(name="ok", metric_id="m", criterion={"type": "boolean"}),),
        ),
    ],
)
def test_a_field_that_is_wrong_is_named(field: str, value: Any) -> None:
    command = replace(CREATE, **{field: value})
    given().when(command).then_rejected(Invalid, field=field)

"""What may be asked of a unit test.

The order of a creation is: link it in the service, then create it; of a deletion: delete it, then
(the command process does) unlink it. Whatever is lost in between leaves a link too many, which
blocks a deletion, and never one too few; `AbandonUnitTest` makes sure that a test which was linked
and never created never will be, so that its link may go."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessCriterion:
    """`criterion` is of type boolean, numerical or categorical, as its `type` says."""

    name: str
    metric_id: str
    criterion: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateUnitTest:
    unit_test_id: str
    project_id: str
    service_id: str
    name: str
    description: str
    version_set_name: str
    persona_id: str
    scenario_id: str
    interactions_max: int
    success_criteria: tuple[SuccessCriterion, ...]
    tags: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteUnitTest:
    unit_test_id: str
    project_id: str
    service_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonUnitTest:
    """Rejected where the test was created after all."""

    unit_test_id: str
    project_id: str
    service_id: str


UnitTestCommand = CreateUnitTest | DeleteUnitTest | AbandonUnitTest

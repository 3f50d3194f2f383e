"""What happened to a unit test."""

from dataclasses import dataclass

from shared.domain.unit_test.commands import SuccessCriterion


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTestCreated:
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
    tags: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTestDeleted:
    """It stays readable as deleted; its name is free again."""

    unit_test_id: str
    project_id: str
    service_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTestAbandoned:
    """It was linked and never created, and never will be."""

    unit_test_id: str
    project_id: str
    service_id: str


UnitTestEvent = UnitTestCreated | UnitTestDeleted | UnitTestAbandoned

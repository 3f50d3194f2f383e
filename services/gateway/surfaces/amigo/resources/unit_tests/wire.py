"""Simulation unit tests as published."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from services.gateway.parameters import Query, QueryBool
from services.gateway.surfaces.amigo.reading import Body, Id, Ids, QueryNumber, Stripped

LIMIT_MAX = 500
Number = Annotated[int, Field(gt=0, le=100)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]


class BooleanCriterion(Body):
    type: Literal["boolean"]
    expected_value: bool


class NumericalCriterion(Body):
    type: Literal["numerical"]
    verb: Literal["==", "!=", "<=", "<", ">=", ">"]
    threshold: float


class CategoricalCriterion(Body):
    type: Literal["categorical"]
    expected_values: Annotated[list[Stripped], Field(min_length=1)]


class SuccessCriterion(Body):
    name: Stripped
    metric_id: Id
    criterion: Annotated[
        BooleanCriterion | NumericalCriterion | CategoricalCriterion,
        Field(discriminator="type"),
    ]


class CreateUnitTest(Body):
    name: Name
    description: Stripped
    service_id: Id
    service_version_set_name: str
    persona_id: Id
    scenario_id: Id
    max_interactions: Number
    success_criterions: Annotated[list[SuccessCriterion], Field(min_length=1)]
    tags: dict[str, str | None]


def _creators(values: tuple[str, ...]) -> tuple[str, ...]:
    if not all(value.partition(",")[0] and value.partition(",")[2] for value in values):
        raise ValueError("must be spelled org_id,user_id")
    return values


def _by_change(values: tuple[str, ...]) -> tuple[str, ...]:
    """An unencoded `+` arrives as a space."""
    signed = tuple(f"+{value[1:]}" if value.startswith(" ") else value for value in values)
    if not all(value in ("+updated_at", "-updated_at") for value in signed):
        raise ValueError("must be +updated_at or -updated_at")
    return signed


class Filters(Query):
    service_id: Ids = ()
    persona_id: Ids = ()
    scenario_id: Ids = ()
    metric_id: Ids = ()
    creator: Annotated[tuple[str, ...], AfterValidator(_creators)] = Field(
        (), description="`org_id,user_id`."
    )
    tag: tuple[str, ...] = Field((), description="`key:value`, `key:*` or `key:`; all must fit.")


class ListQuery(Filters):
    id: Ids = ()
    sort_by: Annotated[tuple[str, ...], AfterValidator(_by_change)] = Field(
        (), description="`+updated_at` or `-updated_at`."
    )
    is_deleted: QueryBool | None = None
    limit: Annotated[QueryNumber, Field(ge=0, le=LIMIT_MAX)] = 50
    continuation_token: QueryNumber = 0


class SearchQuery(Filters):
    query: Stripped = Field(description="Looked for in the name.")


class CreatedUnitTest(BaseModel):
    simulation_unit_test_id: str


class Tag(BaseModel):
    key: str
    value: str | None


class UserInfo(BaseModel):
    org_id: str
    user_id: str


class ShownCriterion(BaseModel):
    name: str
    metric_id: str
    criterion: dict[str, Any]


class UnitTest(BaseModel):
    org_id: str
    created_at: str
    updated_at: str
    name: str
    description: str
    service_id: str
    service_version_set_name: str
    persona_id: str
    scenario_id: str
    max_interactions: int
    success_criterions: list[ShownCriterion]
    is_deleted: bool
    tags: list[Tag]
    creator: UserInfo
    updated_by: UserInfo


class UnitTestInstance(UnitTest):
    id: str


class FoundUnitTest(UnitTest):
    """The search shows the store's own spelling of the id."""

    id: str = Field(serialization_alias="_id")


class UnitTestList(BaseModel):
    simulation_unit_tests: list[UnitTestInstance]
    has_more: bool
    continuation_token: int | None
    filter_values: None


class UnitTestsFound(BaseModel):
    simulation_unit_tests: list[FoundUnitTest]

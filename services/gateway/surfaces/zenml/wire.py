"""What ZenML's resources share: pages, the parameters of lists, and the shapes of a refusal."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, RootModel

SIZE_MAX = 10_000
OPERATORS = "A value, or `operator:value`; may be repeated."


class Published(BaseModel):
    # Unknown fields are ignored everywhere; `model_version_id` begins like a method of pydantic's.
    model_config = ConfigDict(extra="ignore", protected_namespaces=())


class LogicalOperators(StrEnum):
    OR = "or"
    AND = "and"


class GetQuery(Published):
    hydrate: bool = True


class HydrateQuery(Published):
    hydrate: bool = False


class PageQuery(Published):
    """What the framework checks by itself, before any filter."""

    sort_by: str = Field(default="created", description="`column`, `asc:column` or `desc:column`")
    logical_operator: LogicalOperators = LogicalOperators.AND
    page: int = Field(default=1, ge=1)
    size: int = Field(default=20, ge=1, le=SIZE_MAX)


class Detail(Published):
    detail: str | list[str]
    request_id: str | None = None


class Error(RootModel[Detail | list[str]]):
    """The two shapes: `{"detail": [exception, text]}` and a bare list."""

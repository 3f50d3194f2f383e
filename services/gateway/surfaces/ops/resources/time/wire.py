"""States, differences, blame, whys, timelines and restores on the wire."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.gateway.parameters import Body, Query, QueryBool, QueryInt


class DiffQuery(Query):
    """Moments are RFC 3339 times or positions of the log."""

    start: str = Field(alias="from")
    to: str | None = Field(None, description="Now by default.")


class TimelineQuery(Query):
    after: QueryInt = 0
    limit: QueryInt = Field(200, json_schema_extra={"minimum": 1, "maximum": 1000})


class RestoreQuery(Query):
    plan: QueryBool = Field(False, description="Only say what would change.")


class Restore(Body):
    to: str = Field(description="An RFC 3339 time, or a position of the log.")


class State(BaseModel):
    kind: str
    id: str
    position: int
    at: str
    state: dict[str, Any]


class By(BaseModel):
    position: int
    at: str
    type: str
    actor: str
    actor_name: str
    surface: str
    command_id: str
    correlation_id: str
    reason: str | None


class Change(BaseModel):
    op: str
    path: str
    before: Any
    after: Any
    words: str
    by: By


class Diff(BaseModel):
    """`patch` is JSON Patch as it stands; `changes` the same with old values, words and people."""

    model_config = ConfigDict(serialize_by_alias=True)

    kind: str
    id: str
    start: int = Field(serialization_alias="from")
    to: int
    patch: list[dict[str, Any]]
    changes: list[Change]


class BlameLine(BaseModel):
    path: str
    value: Any
    by: By


class Blame(BaseModel):
    kind: str
    id: str
    data: list[BlameLine]


class Cause(BaseModel):
    """`event` is null where it happened in another account."""

    because: str
    event: dict[str, Any] | None


class Why(BaseModel):
    """From the effect to its first cause."""

    data: list[Cause]
    root: str


class Incident(BaseModel):
    opened_position: int
    opened_at: str
    closed_position: int | None
    closed_at: str | None
    status: str
    cause: str
    seconds: float


class Timeline(BaseModel):
    data: list[dict[str, Any]]
    incidents: list[Incident]
    next_after: int | None


class RestorePlan(BaseModel):
    """`position` is that of the restoring command, null for a plan. What is `left` stays as is."""

    kind: str
    id: str
    now: int
    to: int
    revives: bool
    patch: list[dict[str, Any]]
    changes: list[Change]
    left: list[str]
    position: int | None

"""Jobs as this surface spells them."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from services.gateway.parameters import Body, Query, QueryBool, QueryInt
from services.gateway.surfaces.ops.wire import PageQuery, Pagination

LINES_MAX = 1000


class StopJob(Body):
    keep_results: bool = Field(True, description="What it wrote until then is committed.")


class ArchiveJob(Body):
    archived: bool = Field(True, description="False brings it back into the lists.")


class JobsQuery(PageQuery):
    status: Literal["queued", "running", "completed", "archived", "active"] | None = Field(
        None, description="Only those that are so; `active` is queued or running."
    )
    archived: QueryBool = Field(False, description="The archived ones, too.")


class LinesQuery(Query):
    after: str = Field("0", pattern=r"^[0-9]{1,19}$", description="The `nano` of a line.")
    limit: QueryInt = Field(LINES_MAX, ge=1, le=LINES_MAX)


class Job(BaseModel):
    """`outcome` is null until it is over: succeeded, failed, stopped or error."""

    id: str
    project_id: str
    number: int
    title: str
    command: str
    hardware_tier: str
    environment_id: str
    revision_id: str
    commit: str
    stage: str
    outcome: str | None
    reason: str
    message: str
    code: int | None
    signal: int | None
    is_stopping: bool
    is_archived: bool
    submitted_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    output_commit: str
    branch: str
    node: str = Field(description="Where it was placed; empty while it waits.")


class JobList(BaseModel):
    data: list[Job]
    pagination: Pagination


class Line(BaseModel):
    """`nano` is since 1970, as text: many clients lose digits of such numbers."""

    nano: str
    stream: str
    message: str


class Lines(BaseModel):
    lines: list[Line]
    is_complete: bool
    problem: str

"""Projects on the wire."""

from pydantic import BaseModel, Field

from services.gateway.parameters import Body
from services.gateway.surfaces.ops.wire import Membership, PageQuery, Pagination


class CreateProject(Body):
    handle: str = Field(json_schema_extra={"pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"})
    name: str = Field(json_schema_extra={"minLength": 1, "maxLength": 200})
    description: str = Field("", json_schema_extra={"maxLength": 10_000})
    account: str | None = Field(
        None, description="Id or handle of the owning user or organization; the caller's own."
    )


class ReviseProject(Body):
    name: str | None = Field(None, json_schema_extra={"minLength": 1, "maxLength": 200})
    description: str | None = Field(None, json_schema_extra={"maxLength": 10_000})


class ListQuery(PageQuery):
    account: str | None = Field(None, description="Id or handle of an account.")


class Project(BaseModel):
    """`may` lists what the caller may do here."""

    id: str
    account_id: str
    handle: str
    name: str
    description: str
    is_home: bool
    collaborators: list[Membership]
    may: list[str]
    created_at: str
    updated_at: str


class ProjectList(BaseModel):
    data: list[Project]
    pagination: Pagination

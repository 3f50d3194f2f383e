"""Agents, state machines, model versions and pipeline runs on the wire."""

from typing import Any

from pydantic import BaseModel, Field

from services.gateway.parameters import Body
from services.gateway.surfaces.ops.wire import PageQuery, Pagination


class DeclareRecord(Body):
    project: str = Field(description="Id or handle of the project (an organization's home).")
    name: str
    description: str = ""


class ReviseRecord(Body):
    """Only what is given changes. What is deprecated serves where it is used and nowhere new."""

    name: str | None = None
    description: str | None = None
    is_deprecated: bool | None = None


class AddVersion(Body):
    content: dict[str, Any] = Field(description="Whatever it is made of; never changed again.")


class RecordQuery(PageQuery):
    project: str = Field(description="Id or handle of the project.")


class Record(BaseModel):
    """`latest_version` is 0 where there is none; conversations need one at least. `uuid` is the id
    as registries of models spell it."""

    id: str
    uuid: str
    project_id: str
    name: str
    description: str
    is_deprecated: bool
    latest_version: int
    created_at: str
    updated_at: str


class RecordList(BaseModel):
    data: list[Record]
    pagination: Pagination


class Version(BaseModel):
    number: int
    content: dict[str, Any]
    created_at: str
    created_by: str


class VersionList(BaseModel):
    data: list[Version]
    pagination: Pagination

"""Projects on the wire."""

from pydantic import BaseModel, Field

from services.gateway.parameters import Body, Query, QueryBool, QueryInt
from services.gateway.surfaces.microvisualizer.wire import (
    ActorType,
    ProjectDescription,
    ProjectName,
)


class ProjectCreate(Body):
    name: ProjectName
    description: ProjectDescription


class ProjectUpdate(Body):
    name: ProjectName | None = None
    description: ProjectDescription | None = None
    archived: bool | None = None


class ProjectDuplicate(Body):
    name: ProjectName | None = None


class ProjectsQuery(Query):
    page: QueryInt = Field(0, ge=0)
    size: QueryInt = Field(20, ge=1, le=100)
    pinned: QueryBool | None = None
    archived: QueryBool | None = None
    createdBy: str | None = None
    query: str | None = None


class ProjectGet(BaseModel):
    id: str
    name: str
    description: str
    archived: bool
    pinned: bool
    serviceCount: int
    isOwner: bool
    createdBy: str
    createdByType: ActorType
    updatedBy: str
    updatedByType: ActorType
    createdAt: str
    updatedAt: str


class ProjectPage(BaseModel):
    data: list[ProjectGet]
    page: int
    size: int
    total: int
    totalPages: int
    first: bool
    last: bool

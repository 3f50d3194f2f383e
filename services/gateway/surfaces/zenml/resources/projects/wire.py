"""Projects as ZenML spells them."""

from typing import Any

from pydantic import Field

from services.gateway.surfaces.zenml.wire import OPERATORS, HydrateQuery, PageQuery, Published


class ProjectsQuery(PageQuery, HydrateQuery):
    """All parameters of the list, for its document."""

    id: list[str] | None = Field(default=None, description=OPERATORS)
    created: list[str] | None = Field(default=None, description=f"{OPERATORS} UTC.")
    updated: list[str] | None = Field(default=None, description=f"{OPERATORS} UTC.")
    name: list[str] | None = Field(default=None, description=OPERATORS)
    display_name: list[str] | None = Field(default=None, description=OPERATORS)


class ProjectBody(Published):
    created: str
    updated: str
    display_name: str


class ProjectMetadata(Published):
    description: str
    project_metadata: dict[str, Any] = Field(default_factory=dict)


class Project(Published):
    body: ProjectBody
    metadata: ProjectMetadata | None
    resources: None = None
    id: str
    permission_denied: bool = False
    name: str


class ProjectPage(Published):
    index: int
    max_size: int
    total_pages: int
    total: int
    items: list[Project]

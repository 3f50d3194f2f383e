"""What the console's lists show: many things at a glance, the worst first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.queries.services import Status

ProjectSort = Literal["worst", "name", "changed"]
ServiceSort = Literal["worst", "name", "changed", "created"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateCount:
    """`status` None: services without anything to run."""

    status: Status | None
    services: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListProjectStates:
    """Every live project that the asker may read. `text` is found in handle or name, in any case;
    `status`: only projects with such a service."""

    text: str = ""
    status: Status | None = None
    sort: ProjectSort = "worst"
    page: int = 1
    per_page: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectState:
    """`changed_at`: of the service that changed last, else the project's own change."""

    id: str
    handle: str
    name: str
    owner: str
    is_home: bool
    services: int
    states: tuple[StateCount, ...]
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectStates:
    """`services`: in all the projects found, on every page."""

    items: tuple[ProjectState, ...]
    total: int
    services: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListServiceStates:
    """Live services of every facet, of one project (a handle) or of all the asker may read. `text`
    is found in name, slug, image, repository or domain, or is the beginning of an id."""

    project: str | None = None
    text: str = ""
    status: Status | None = None
    sort: ServiceSort = "worst"
    page: int = 1
    per_page: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceState:
    """`source`: image, repository or command; empty where nothing is deployed. `facets` in the
    order workload, registration, conversation, participation. `updated_by` is an actor."""

    id: str
    project_handle: str
    name: str
    slug: str
    facets: tuple[str, ...]
    status: Status | None
    status_reason: str
    status_message: str
    source: str
    revision: int
    replicas_wanted: int
    replicas_ready: int
    updated_at: datetime
    updated_by: str
    updated_by_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStates:
    """`states` counts what the text finds, whatever its status; `total` what is on the pages."""

    items: tuple[ServiceState, ...]
    total: int
    states: tuple[StateCount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GetMoment:
    """Which position and time the asked-for moment is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentDocument:
    """`at` is the time that was asked for, or that of the event at the position."""

    position: int
    at: datetime

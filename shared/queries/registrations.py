"""Services as a registry of model servers lists them: filtered, sorted, with their owners.

Every live service of a project is one, whatever it is made of; `registration` is None where none of
its makers said anything about it in a registry's words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from shared.queries.services import Status

ServiceColumn = Literal[
    "id",
    "created",
    "updated",
    "name",
    "type",
    "flavor",
    "pipeline_name",
    "pipeline_step_name",
    "model_version_id",
    "pipeline_run_id",
    "user",
]
ProjectColumn = Literal["id", "created", "updated", "name", "display_name"]
Operator = Literal[
    "equals",
    "notequals",
    "contains",
    "notcontains",
    "startswith",
    "endswith",
    "oneof",
    "notoneof",
    "isnull",
    "isnotnull",
    "gt",
    "gte",
    "lt",
    "lte",
    "in",
]

SERVICE_COLUMNS: tuple[ServiceColumn, ...] = (
    "id",
    "created",
    "updated",
    "name",
    "type",
    "flavor",
    "pipeline_name",
    "pipeline_step_name",
    "model_version_id",
    "pipeline_run_id",
    "user",
)
PROJECT_COLUMNS: tuple[ProjectColumn, ...] = ("id", "created", "updated", "name", "display_name")
TEXT_OPERATORS: tuple[Operator, ...] = (
    "equals",
    "notequals",
    "startswith",
    "contains",
    "endswith",
    "oneof",
    "notoneof",
    "notcontains",
    "isnull",
    "isnotnull",
    "gt",
    "gte",
    "lt",
    "lte",
)
MOMENT_OPERATORS: tuple[Operator, ...] = (
    "equals",
    "notequals",
    "isnull",
    "isnotnull",
    "gt",
    "gte",
    "lt",
    "lte",
    "in",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """On a column of texts or ids (`texts`; an id in either spelling, or a part of its UUID) or of
    times (`moments`; two for `in`). Comparisons of texts are of the numbers they begin with."""

    column: str
    operator: Operator
    texts: tuple[str | None, ...] = ()
    moments: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """`any_of`: one condition that holds is enough. An absent value sorts before all others.

    An answer may hold fewer items than `limit` although there are more: what fits a message."""

    conditions: tuple[Condition, ...] = ()
    any_of: bool = False
    sort_by: str = "created"
    descending: bool = False
    offset: int = 0
    limit: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRegistrations:
    """`project` is an id or a handle, None the asker's default. `owner_id` holds beside any other
    condition. NotFound(kind="project") where there is none that the asker may read; services that
    he may read by a grant on each alone are listed without the others."""

    project: str | None = None
    owner_id: str | None = None
    selection: Selection = field(default_factory=Selection)


@dataclass(frozen=True, slots=True, kw_only=True)
class GetRegistration:
    service_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDocument:
    """`name` is what one signs in by: a handle, or a service account's name."""

    id: str
    kind: Literal["user", "organization", "service_account"]
    name: str
    full_name: str
    email: str | None
    is_admin: bool
    created_at: datetime
    updated_at: datetime
    default_project_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationFacet:
    """As clients sent it. `service_type` is empty where nobody has said one."""

    service_type: Mapping[str, Any]
    service_source: str | None
    admin_state: str | None
    config: Mapping[str, Any]
    status: Mapping[str, Any] | None
    endpoint: Mapping[str, Any] | None
    prediction_url: str | None
    health_check_url: str | None
    model_version_id: str | None
    pipeline_run_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceDocument:
    """A record that a service names: a model version or a pipeline run."""

    id: str
    name: str
    versions: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenState:
    """What was seen of a service, beside what was said of it. `reason` is empty while all is well.

    `health_check_path` is that of a workload; `is_ours` is false where the service runs elsewhere
    and only its URL is watched."""

    status: Status
    reason: str
    message: str
    replicas_ready: int
    health_check_path: str
    is_ours: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationDocument:
    """`type` and `flavor` are those that are filtered by; `seen` is None where nobody looks."""

    id: str
    project_id: str
    project_handle: str
    name: str
    slug: str
    labels: tuple[tuple[str, str], ...]
    type: str
    flavor: str
    registration: RegistrationFacet | None
    seen: SeenState | None
    owner: PersonDocument | None
    created_at: datetime
    updated_at: datetime
    model_version: ReferenceDocument | None = None
    pipeline_run: ReferenceDocument | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationPage:
    items: tuple[RegistrationDocument, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GetServiceHome:
    """Where a service is or was: also of a removed one, whose removal is asked for again."""

    service_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceHome:
    service_id: str
    project_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GetScope:
    """A project by id or handle; None and `default` are the asker's default: the organization
    `default` where he may read it, else the first he joined, else his own."""

    project: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListScopes:
    selection: Selection = field(default_factory=Selection)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeDocument:
    id: str
    handle: str
    name: str
    description: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopePage:
    items: tuple[ScopeDocument, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GetSelf:
    """The asker as a person."""

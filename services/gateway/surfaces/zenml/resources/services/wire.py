"""Services as ZenML spells them (seed 000): every key always there, in this order."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import Field

from services.gateway.surfaces.zenml.resources.users.wire import User
from services.gateway.surfaces.zenml.wire import OPERATORS, HydrateQuery, PageQuery, Published

NAME_LENGTH_MAX = 255


class ServiceState(StrEnum):
    INACTIVE = "inactive"
    ACTIVE = "active"
    PENDING_STARTUP = "pending_startup"
    PENDING_SHUTDOWN = "pending_shutdown"
    ERROR = "error"
    SCALED_TO_ZERO = "scaled_to_zero"


class ServiceType(Published):
    type: str
    flavor: str
    name: str = ""
    description: str = ""
    logo_url: str = ""


class ServiceRequest(Published):
    """`user` is checked and ignored: the caller is always the owner."""

    user: UUID | None = None
    project: UUID
    name: str = Field(max_length=NAME_LENGTH_MAX)
    service_type: ServiceType
    service_source: str | None = None
    admin_state: ServiceState | None = None
    config: dict[str, Any]
    labels: dict[str, str] | None = None
    status: dict[str, Any] | None = None
    endpoint: dict[str, Any] | None = None
    prediction_url: str | None = None
    health_check_url: str | None = None
    model_version_id: UUID | None = None
    pipeline_run_id: UUID | None = None


class ServiceUpdate(Published):
    """Absent and null mean unchanged; `{}` clears labels, status and endpoint."""

    name: str | None = Field(default=None, max_length=NAME_LENGTH_MAX)
    admin_state: ServiceState | None = None
    service_source: str | None = None
    status: dict[str, Any] | None = None
    endpoint: dict[str, Any] | None = None
    prediction_url: str | None = None
    health_check_url: str | None = None
    labels: dict[str, str] | None = None
    model_version_id: UUID | None = None


class ServicesQuery(PageQuery):
    scope_user: UUID | None = None
    project: str | None = Field(default=None, description="Id or name; else the default project.")
    running: bool | None = Field(default=None, description="Accepted and ignored.")


class ListQuery(ServicesQuery, HydrateQuery):
    """All parameters of the list, for its document."""

    id: list[str] | None = Field(default=None, description=OPERATORS)
    created: list[str] | None = Field(default=None, description=f"{OPERATORS} UTC.")
    updated: list[str] | None = Field(default=None, description=f"{OPERATORS} UTC.")
    name: list[str] | None = Field(default=None, description=OPERATORS)
    type: list[str] | None = Field(default=None, description=OPERATORS)
    flavor: list[str] | None = Field(default=None, description=OPERATORS)
    pipeline_name: list[str] | None = Field(default=None, description=OPERATORS)
    pipeline_step_name: list[str] | None = Field(default=None, description=OPERATORS)
    model_version_id: list[str] | None = Field(default=None, description=OPERATORS)
    pipeline_run_id: list[str] | None = Field(default=None, description=OPERATORS)
    user: list[str] | None = Field(default=None, description=f"Id or name. {OPERATORS}")


class ServiceBody(Published):
    created: str
    updated: str
    user_id: str | None
    project_id: str
    service_type: ServiceType
    labels: dict[str, str] | None
    state: ServiceState | None


class ServiceMetadata(Published):
    service_source: str | None
    admin_state: ServiceState | None
    config: dict[str, Any]
    status: dict[str, Any] | None
    endpoint: dict[str, Any] | None
    prediction_url: str | None
    health_check_url: str | None


class ModelBody(Published):
    created: str
    updated: str
    user_id: str | None = None
    project_id: str


class Model(Published):
    body: ModelBody
    metadata: None = None
    resources: None = None
    id: str
    permission_denied: bool = False
    name: str


class ModelVersionBody(ModelBody):
    stage: str | None = None
    number: int
    model: Model


class ModelVersion(Published):
    body: ModelVersionBody
    metadata: None = None
    resources: None = None
    id: str
    permission_denied: bool = False
    name: str


class PipelineRunBody(ModelBody):
    """Of a run it is only known here that it was."""

    status: str = "completed"
    in_progress: bool = False
    status_reason: str | None = None
    index: int
    pipeline_id: str | None = None
    child_key: str | None = None
    root_run_id: str | None = None


class PipelineRun(Published):
    body: PipelineRunBody
    metadata: None = None
    resources: None = None
    id: str
    permission_denied: bool = False
    name: str


class ServiceResources(Published):
    user: User | None
    pipeline_run: PipelineRun | None = None
    model_version: ModelVersion | None = None


class Service(Published):
    body: ServiceBody
    metadata: ServiceMetadata | None
    resources: ServiceResources
    id: str
    permission_denied: bool = False
    name: str


class ServicePage(Published):
    index: int
    max_size: int
    total_pages: int
    total: int
    items: list[Service]

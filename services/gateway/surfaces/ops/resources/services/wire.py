"""Services as the domain has them, in our own words; read only on this surface."""

from typing import Literal

from pydantic import BaseModel, Field

from services.gateway.parameters import Query, QueryBool
from services.gateway.surfaces.ops.wire import PageQuery, Pagination

STATUSES = ("deploying", "running", "degraded", "stopped", "failed")


class PinnedEnvironment(BaseModel):
    """What its replicas are prepared by; a later revision changes nothing before it is named."""

    environment_id: str
    revision_id: str


class ServiceWorkload(BaseModel):
    """`env` names the variables; values are never shown here."""

    repo: str | None
    branch: str | None
    image: str | None
    command: str | None
    gpu: str
    gpu_count: int
    cpu: int
    memory_gb: int
    replicas_min: int
    replicas_max: int
    target_gpu_utilization: int | None
    port: int
    health_check_path: str
    env: list[str]
    region: str
    custom_domain: str | None
    environment: PinnedEnvironment | None = None


class Deployment(BaseModel):
    id: str
    number: int
    revision: int
    trigger: str
    commit: str | None
    status: Literal["in_progress", "succeeded", "failed"]
    reason: str
    message: str
    last_probe: str
    exit_cause: str
    log_tail: list[str]
    created_at: str
    finished_at: str | None


class Watch(BaseModel):
    """What the prober saw at the URL of a service that runs elsewhere; null where none is watched
    or nothing was seen yet. `reason` is empty while all is well."""

    url: str
    is_healthy: bool
    reason: str
    since: str


class Service(BaseModel):
    id: str
    project_id: str
    project_handle: str
    account_id: str
    name: str
    slug: str
    description: str
    labels: dict[str, str]
    revision: int
    version: int
    status: str | None
    status_reason: str
    status_message: str
    workload: ServiceWorkload | None
    deployment: Deployment | None
    serving: Deployment | None
    watch: Watch | None
    replicas_wanted: int
    replicas_current: int
    replicas_ready: int
    created_at: str
    updated_at: str


class ServiceQuery(PageQuery):
    project: str | None = Field(None, description="A project's handle; else every project.")
    status: str | None = Field(None, json_schema_extra={"enum": list(STATUSES)})
    name: str | None = Field(
        None, description="The one of `project` that is deployed under this name, or none."
    )


class ServiceList(BaseModel):
    data: list[Service]
    pagination: Pagination


class DeploymentList(BaseModel):
    data: list[Deployment]
    pagination: Pagination


class ReplicaQuery(Query):
    include_stopped: QueryBool = False


class Replica(BaseModel):
    id: str
    service_id: str
    deployment_id: str
    ordinal: int
    generation: int
    runtime: str
    isolated: bool
    state: Literal["starting", "ready", "unready", "draining", "stopped"]
    reason: str
    started_at: str
    ready_at: str | None
    node: str = Field(description="Where it was placed; empty of those before nodes had names.")


class ReplicaList(BaseModel):
    data: list[Replica]

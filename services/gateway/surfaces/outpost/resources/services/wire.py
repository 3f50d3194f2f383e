"""Services as Outpost spells them: bodies and queries in, objects out (seed 004; spec B2 to B4).

Types only; ranges and combinations are the domain's. Enums and ranges are published in the schema,
so that clients and documents know them."""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, Field

from services.gateway.parameters import Body, Query, QueryBool, QueryInt
from services.gateway.surfaces.outpost.paging import PageQuery, Pagination

Status = Literal["deploying", "running", "degraded", "stopped", "failed"]
STATUSES = ("deploying", "running", "degraded", "stopped", "failed")
_GPUS = ["A100-40GB", "A100-80GB", "H100-80GB", "L4", "T4", "none"]
_REGIONS = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-northeast-1"]


def _enum(*values: Any) -> dict[str, Any]:
    return {"enum": list(values)}


def _range(low: int, high: int | None = None) -> dict[str, Any]:
    return {"minimum": low} if high is None else {"minimum": low, "maximum": high}


class CreateService(Body):
    nullable: ClassVar[frozenset[str]] = frozenset({"custom_domain"})

    name: str = Field(
        description="Unique in the namespace, without regard to case and to `_` or `-`.",
        json_schema_extra={"pattern": "^[A-Za-z0-9_-]{1,64}$"},
    )
    repo: str | None = Field(None, description="`namespace/repo`. Either this or `image`.")
    image: str | None = Field(None, description="Container image. Either this or `repo`.")
    branch: str | None = Field(
        None, description="Branch of `repo`; pushes to it redeploy. Else the repo's default."
    )
    command: str | None = Field(
        None,
        min_length=1,
        max_length=4096,
        description="Ours: how the repo is started, in place of what its own files say.",
    )
    gpu: str = Field(json_schema_extra=_enum(*_GPUS))
    gpu_count: int = Field(1, json_schema_extra=_enum(1, 2, 4, 8))
    cpu: int = Field(8, json_schema_extra=_enum(2, 4, 8, 16, 32, 64))
    memory_gb: int = Field(32, json_schema_extra=_range(1, 4096))
    min_replicas: int = Field(1, json_schema_extra=_range(0, 1000))
    max_replicas: int | None = Field(
        None,
        description="Else `min_replicas`, at least 1.",
        json_schema_extra=_range(1, 1000),
    )
    target_gpu_utilization: int | None = Field(None, json_schema_extra=_range(10, 95))
    port: int = Field(8000, json_schema_extra=_range(1, 65535))
    health_check_path: str = Field("/health", json_schema_extra={"pattern": "^/"})
    env: dict[str, str] = Field(default_factory=dict)
    region: str = Field("us-east-1", json_schema_extra=_enum(*_REGIONS))
    custom_domain: str | None = None


class UpdateService(Body):
    """Only what is given changes. `env` replaces all variables; a null `custom_domain` removes."""

    nullable: ClassVar[frozenset[str]] = frozenset({"custom_domain"})

    min_replicas: int | None = Field(None, json_schema_extra=_range(0, 1000))
    max_replicas: int | None = Field(None, json_schema_extra=_range(1, 1000))
    target_gpu_utilization: int | None = Field(None, json_schema_extra=_range(10, 95))
    env: dict[str, str] | None = None
    branch: str | None = None
    custom_domain: str | None = None


class NoBody(Body):
    """Where the page names no field, none is taken."""


class ListQuery(PageQuery):
    status: str | None = Field(None, json_schema_extra=_enum(*STATUSES))
    per_page: QueryInt = Field(20, json_schema_extra=_range(1, 100))
    page: QueryInt = Field(1, json_schema_extra=_range(1))


class LogsQuery(Query):
    tail: QueryInt | None = Field(
        None,
        description="How many of the newest lines; 100 where nothing is said.",
        json_schema_extra=_range(1, 10_000),
    )
    lines: QueryInt | None = Field(None, description="The same as `tail`.")
    limit: QueryInt | None = Field(None, description="The same as `tail`.")
    since: str | None = Field(
        None,
        description="ISO 8601; only lines after it. Without an offset it is UTC.",
        json_schema_extra={"examples": ["2026-03-18T12:00:00Z"]},
    )


class AnalyticsQuery(Query):
    start: str | None = Field(None, description="RFC 3339; an hour before `end` by default.")
    end: str | None = Field(None, description="RFC 3339; now by default.")


class DeleteQuery(Query):
    force: QueryBool = Field(False, description="Skip the graceful drain.")


class ServiceInList(BaseModel):
    id: str
    name: str
    namespace: str
    status: Status
    gpu: str
    gpu_count: int
    current_replicas: int
    ready_replicas: int
    min_replicas: int
    max_replicas: int
    endpoint: str
    region: str
    cost_per_hour_per_replica: str
    created_at: str
    updated_at: str


class ServiceList(BaseModel):
    data: list[ServiceInList]
    pagination: Pagination


class Deployment(BaseModel):
    id: str
    commit_sha: str | None
    status: Literal["in_progress", "succeeded", "failed"]
    created_at: str
    finished_at: str | None
    reason: str
    message: str
    log_tail: list[str]


class Scaling(BaseModel):
    desired_replicas: int
    min_replicas: int
    max_replicas: int
    last_scaled_at: str | None


class Service(ServiceInList):
    """`env` has values for who may read them, `***` for all others."""

    status_reason: str
    status_message: str
    repo: str | None
    branch: str | None
    image: str | None
    command: str | None
    cpu: int
    memory_gb: int
    target_gpu_utilization: int | None
    port: int
    health_check_path: str
    env: dict[str, str | None]
    custom_domain: str | None
    deployment: Deployment | None
    scaling: Scaling


class LogLine(BaseModel):
    timestamp: str
    replica: str
    stream: str
    message: str


class Logs(BaseModel):
    data: list[LogLine]


class Period(BaseModel):
    start: str
    end: str


class Requests(BaseModel):
    total: int
    per_second: float
    by_status: dict[str, int]


class Latency(BaseModel):
    p50: float | None
    p95: float | None
    p99: float | None


class Replicas(BaseModel):
    current: int
    ready: int
    min: int
    max: int


class Cost(BaseModel):
    total: str
    per_hour_per_replica: str


class ColdStart(BaseModel):
    """A request that waited for a first replica: milliseconds since it came."""

    at: str
    placed_ms: int | None
    started_ms: int | None
    ready_ms: int | None
    held_ms: int
    first_byte_ms: int


class ColdStartTimes(BaseModel):
    p50: float | None
    p95: float | None


class ColdStarts(BaseModel):
    total: int
    first_byte_ms: ColdStartTimes
    recent: list[ColdStart]


class Analytics(BaseModel):
    period: Period
    requests: Requests
    latency_ms: Latency
    concurrency: float
    bytes_out: int
    replicas: Replicas
    gpu_utilization: float | None
    cpu_utilization: float | None
    memory_utilization: float | None
    cold_starts: ColdStarts | None
    cost: Cost


class ErrorBody(BaseModel):
    code: str
    message: str
    request_id: str


class Error(BaseModel):
    error: ErrorBody

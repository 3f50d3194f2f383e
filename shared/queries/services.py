"""Services, their deployments and replicas: what people, the scheduler and the prober read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from shared.domain.quotas import UNLIMITED, Quota
from shared.domain.service.workload import EnvironmentPin
from shared.queries.watches import DomainDocument, WatchDocument

Status = Literal["deploying", "running", "degraded", "stopped", "failed"]
STATUSES = ("deploying", "running", "degraded", "stopped", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class GetService:
    """By name in a project (the name's slug decides, so case and `_`/`-` do not matter).

    `project` is a handle. NotFound(kind="project") where no such project; Forbidden where the
    asker may not read it; NotFound(kind="service") where it holds no live workload so named."""

    project: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GetServiceById:
    service_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GetFacets:
    """What a service is made of, beside its workload (which `GetServiceById` shows)."""

    service_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetsDocument:
    """Each as its events have it, in our words; None where the service has no such facet."""

    service_id: str
    project_id: str
    has_workload: bool
    registration: dict[str, Any] | None
    conversation: dict[str, Any] | None
    participation: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListServices:
    """Live services with a workload in one project, newest first."""

    project: str
    status: Status | None = None
    page: int = 1
    per_page: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAllServices:
    """Live services of every facet, newest first: of one project (a handle), or of every project
    that the asker may read."""

    project: str | None = None
    status: Status | None = None
    page: int = 1
    per_page: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadDocument:
    """`env` is (name, secret id); values are asked for by `RevealEnv`."""

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
    env: tuple[tuple[str, str], ...]
    region: str
    custom_domain: str | None
    environment: EnvironmentPin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentDocument:
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
    log_tail: tuple[str, ...]
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaDocument:
    id: str
    service_id: str
    deployment_id: str
    ordinal: int
    generation: int
    address: str
    runtime: str
    isolated: bool
    state: Literal["starting", "ready", "unready", "draining", "stopped"]
    reason: str
    started_at: datetime
    ready_at: datetime | None
    node: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDocument:
    """`status_reason` is a token, `status_message` a sentence; both empty while all is well."""

    id: str
    project_id: str
    project_handle: str
    account_id: str
    name: str
    slug: str
    description: str
    labels: tuple[tuple[str, str], ...]
    revision: int
    workload: WorkloadDocument | None
    status: Status | None
    status_reason: str
    status_message: str
    deployment: DeploymentDocument | None  # the newest
    serving: DeploymentDocument | None  # the last that succeeded
    replicas_wanted: int
    replicas_current: int
    replicas_ready: int
    created_at: datetime
    updated_at: datetime
    version: int = 0
    unplaced: str = ""  # why not all wanted replicas found a place
    scaled_at: datetime | None = None  # when the number of wanted replicas last changed
    watch: WatchDocument | None = None  # seen at its URL, where it runs elsewhere
    domain: DomainDocument | None = None  # its custom domain, where it has one
    may: tuple[str, ...] = ()  # what the asker may do to it; told where one is asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePage:
    items: tuple[ServiceDocument, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealEnv:
    """The plain variables of a service: for the scheduler, and for who may write the service."""

    service_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvDocument:
    """Erased values are left out and named in `erased`."""

    variables: tuple[tuple[str, str], ...]
    erased: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReplicas:
    """Of one service; `include_stopped` adds the last hundred that are gone."""

    service_id: str
    include_stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaList:
    items: tuple[ReplicaDocument, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDeployments:
    service_id: str
    page: int = 1
    per_page: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentPage:
    items: tuple[DeploymentDocument, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GetWanted:
    """For the scheduler: one service and all its replicas that are not stopped; also when the
    service was removed (then `service` is None, `removed` true, and its replicas are to go)."""

    service_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedDocument:
    """`service` None: it was removed, or came with an import that deploys nothing. `is_closed`: its
    project is archived; nothing of it runs, whatever is wanted of it."""

    service_id: str
    service: ServiceDocument | None
    removed: bool
    force: bool
    project_id: str
    replicas: tuple[ReplicaDocument, ...]
    quota: Quota = UNLIMITED  # of its project
    is_closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListWantedIds:
    """For the scheduler's full pass: ids of live workloads and of removed services that still have
    replicas, in order of id, after `after_id`, at most `limit`. `resting`: also those of which
    nothing runs or ever served, and whose newest deployment failed."""

    after_id: str = ""
    limit: int = 1000
    resting: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class IdList:
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListProbeTargets:
    """For the prober: every replica that is not stopped, in order of id, after `after_id`."""

    after_id: str = ""
    limit: int = 1000
    service_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeTarget:
    """`address` as the runtime gave it: ours, never a URL somebody typed (THREATS row 15)."""

    replica_id: str
    service_id: str
    project_id: str
    deployment_id: str
    address: str
    path: str
    is_ready: bool
    is_draining: bool
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeTargetList:
    items: tuple[ProbeTarget, ...]

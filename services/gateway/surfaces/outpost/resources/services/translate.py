"""Between Outpost's words and ours: pure, both ways, every field by name."""

from datetime import datetime

from services.gateway.refusals import BadFields, CommandRejected, Refused
from services.gateway.surfaces.outpost.ids import deployment_id, replica_id, service_id
from services.gateway.surfaces.outpost.paging import PER_PAGE_MAX, pagination
from services.gateway.surfaces.outpost.resources.services import wire
from shared.domain.rejections import NotFound
from shared.domain.service.commands import RegisterService, ReviseWorkload
from shared.domain.service.prices import price_per_hour, price_text
from shared.domain.service.workload import EnvVar, Workload
from shared.kernel.names import slug_of
from shared.kernel.secrets import PlainText
from shared.kernel.time import format_rfc3339, parse_rfc3339
from shared.kernel.unset import UNSET
from shared.queries.services import (
    DeploymentDocument,
    EnvDocument,
    ListServices,
    ServiceDocument,
    ServicePage,
    WorkloadDocument,
)
from shared.queries.telemetry import (
    AnalyticsDocument,
    ColdStartList,
    GetServiceAnalytics,
    GetServiceLogs,
    LogLines,
)

# What Outpost calls by another name than we do.
_FIELD_NAMES = {"replicas_min": "min_replicas", "replicas_max": "max_replicas"}
TAIL_DEFAULT = 100
TAIL_MAX = 10_000
# Shown where a GPU service names no target: the default of the page's autoscaling.
UTILIZATION_DEFAULT = 70
MASKED = "***"


def field_name(ours: str) -> str:
    return _FIELD_NAMES.get(ours, ours)


# -- in


def to_register(
    body: wire.CreateService, *, service_id: str, project_id: str, deployment_id: str
) -> RegisterService:
    replicas_max = body.max_replicas
    return RegisterService(
        service_id=service_id,
        project_id=project_id,
        deployment_id=deployment_id,
        name=body.name,
        workload=Workload(
            repo=body.repo,
            branch=body.branch,
            image=body.image,
            command=body.command,
            gpu=body.gpu,
            gpu_count=body.gpu_count,
            cpu=body.cpu,
            memory_gb=body.memory_gb,
            replicas_min=body.min_replicas,
            replicas_max=max(1, body.min_replicas) if replicas_max is None else replicas_max,
            target_gpu_utilization=body.target_gpu_utilization,
            port=body.port,
            health_check_path=body.health_check_path,
            env=_env(body.env),
            region=body.region,
            custom_domain=body.custom_domain,
        ),
    )


def to_revise(
    body: wire.UpdateService, *, service_id: str, project_id: str, deployment_id: str
) -> ReviseWorkload:
    """A field that is not there is UNSET; only the domain may be null, and then it is removed."""
    given = body.model_fields_set
    return ReviseWorkload(
        service_id=service_id,
        project_id=project_id,
        deployment_id=deployment_id,
        replicas_min=UNSET if body.min_replicas is None else body.min_replicas,
        replicas_max=UNSET if body.max_replicas is None else body.max_replicas,
        target_gpu_utilization=(
            UNSET if body.target_gpu_utilization is None else body.target_gpu_utilization
        ),
        env=UNSET if body.env is None else _env(body.env),
        branch=UNSET if body.branch is None else body.branch,
        custom_domain=body.custom_domain if "custom_domain" in given else UNSET,
    )


def brings_code(body: wire.UpdateService) -> bool:
    """Whether this update lets something else run than what the machine's admin let run."""
    return body.env is not None or body.branch is not None


def _env(env: dict[str, str]) -> tuple[EnvVar, ...]:
    return tuple(EnvVar(name=name, value=PlainText(text=value)) for name, value in env.items())


def to_list(query: wire.ListQuery, namespace: str) -> ListServices:
    problems: list[tuple[str, str]] = []
    status = next((known for known in wire.STATUSES if known == query.status), None)
    if query.status is not None and status is None:
        problems.append(("status", "must be one of " + ", ".join(wire.STATUSES)))
    if query.page < 1:
        problems.append(("page", "must be at least 1"))
    if not 1 <= query.per_page <= PER_PAGE_MAX:
        problems.append(("per_page", f"must be from 1 to {PER_PAGE_MAX}"))
    if problems:
        raise Refused(BadFields(problems=tuple(problems)))
    return ListServices(
        project=namespace,
        status=status,  # type: ignore[arg-type]  # mypy widens a Literal that `next` picked
        page=query.page,
        per_page=query.per_page,
    )


def to_logs(query: wire.LogsQuery, namespace: str, name: str) -> GetServiceLogs:
    given = {
        word: value
        for word in ("tail", "lines", "limit")
        if (value := getattr(query, word)) is not None
    }
    if len(set(given.values())) > 1:
        raise Refused(BadFields(problems=((" and ".join(given), "say different things"),)))
    word, tail = next(iter(given.items()), ("tail", TAIL_DEFAULT))
    if not 1 <= tail <= TAIL_MAX:
        raise Refused(BadFields(problems=((word, f"must be from 1 to {TAIL_MAX}"),)))
    since = None if query.since is None else _moment("since", query.since)
    return GetServiceLogs(project=namespace, name=name, tail=tail, since=since)


def to_analytics(query: wire.AnalyticsQuery, namespace: str, name: str) -> GetServiceAnalytics:
    start = None if query.start is None else _moment("start", query.start)
    end = None if query.end is None else _moment("end", query.end)
    if start is not None and end is not None and start >= end:
        raise Refused(BadFields(problems=(("start", "must be before end"),)))
    return GetServiceAnalytics(project=namespace, name=name, start=start, end=end)


def _moment(field: str, text: str) -> datetime:
    """ISO 8601 as people write it: a date alone, and a time without an offset, are UTC."""
    for candidate in (text, f"{text}Z", f"{text}T00:00:00Z"):
        moment = parse_rfc3339(candidate)
        if moment is not None:
            return moment
    raise Refused(BadFields(problems=((field, "must be an ISO 8601 time"),)))


# -- out


def to_service_list(
    page: ServicePage, query: ListServices, *, suffix: str, port: int
) -> wire.ServiceList:
    return wire.ServiceList(
        data=[to_listed(document, suffix=suffix, port=port) for document in page.items],
        pagination=pagination(query.page, query.per_page, page.total),
    )


def to_listed(document: ServiceDocument, *, suffix: str, port: int) -> wire.ServiceInList:
    workload, status = _facet(document)
    return wire.ServiceInList(
        id=service_id(document.id),
        name=name_of(document),
        namespace=document.project_handle,
        status=status,
        gpu=workload.gpu,
        gpu_count=workload.gpu_count,
        current_replicas=document.replicas_current,
        ready_replicas=document.replicas_ready,
        min_replicas=workload.replicas_min,
        max_replicas=workload.replicas_max,
        endpoint=endpoint_of(document, suffix=suffix, port=port),
        region=workload.region,
        cost_per_hour_per_replica=_cost(workload),
        created_at=format_rfc3339(document.created_at),
        updated_at=format_rfc3339(document.updated_at),
    )


def to_service(
    document: ServiceDocument, env: dict[str, str | None], *, suffix: str, port: int
) -> wire.Service:
    workload, _ = _facet(document)
    return wire.Service(
        **dict(to_listed(document, suffix=suffix, port=port)),
        status_reason=document.status_reason,
        status_message=document.status_message,
        repo=workload.repo,
        branch=workload.branch,
        image=workload.image,
        command=workload.command,
        cpu=workload.cpu,
        memory_gb=workload.memory_gb,
        target_gpu_utilization=_utilization(workload),
        port=workload.port,
        health_check_path=workload.health_check_path,
        env=env,
        custom_domain=workload.custom_domain,
        deployment=None if document.deployment is None else _deployment(document.deployment),
        scaling=wire.Scaling(
            desired_replicas=document.replicas_wanted,
            min_replicas=workload.replicas_min,
            max_replicas=workload.replicas_max,
            last_scaled_at=(
                None if document.scaled_at is None else format_rfc3339(document.scaled_at)
            ),
        ),
    )


def name_of(document: ServiceDocument) -> str:
    """What the service is reached by on this surface. One that was born elsewhere, or renamed
    there, keeps the address it was deployed under, whatever it is called now."""
    return document.name if slug_of(document.name) == document.slug else document.slug


def masked_env(document: ServiceDocument) -> dict[str, str | None]:
    workload, _ = _facet(document)
    return {name: MASKED for name, _ in workload.env}


def revealed_env(document: ServiceDocument, env: EnvDocument) -> dict[str, str | None]:
    """Values by name; null where the value was erased for good."""
    workload, _ = _facet(document)
    values = dict(env.variables)
    return {name: values.get(name) for name, _ in workload.env}


def endpoint_of(document: ServiceDocument, *, suffix: str, port: int) -> str:
    """Where the service answers from here; the published form is https without a port."""
    host = f"{document.slug}.{document.project_handle}.{suffix}"
    return f"http://{host}" if port == 80 else f"http://{host}:{port}"


def to_log_list(lines: LogLines) -> wire.Logs:
    return wire.Logs(
        data=[
            wire.LogLine(
                timestamp=format_rfc3339(line.at),
                replica=replica_id(line.replica_id),
                stream=line.stream,
                message=line.message,
            )
            for line in lines.items
        ]
    )


def to_analysis(document: AnalyticsDocument) -> wire.Analytics:
    return wire.Analytics(
        period=wire.Period(start=format_rfc3339(document.start), end=format_rfc3339(document.end)),
        requests=wire.Requests(
            total=document.requests,
            per_second=document.requests_per_second,
            by_status=dict(document.by_class),
        ),
        latency_ms=wire.Latency(
            p50=document.latency_p50_ms,
            p95=document.latency_p95_ms,
            p99=document.latency_p99_ms,
        ),
        concurrency=document.concurrency_average,
        bytes_out=document.bytes_out,
        replicas=wire.Replicas(
            current=document.replicas_current,
            ready=document.replicas_ready,
            min=document.replicas_min,
            max=document.replicas_max,
        ),
        gpu_utilization=document.gpu_utilization,
        cpu_utilization=document.cpu_utilization,
        memory_utilization=document.memory_utilization,
        cold_starts=_cold_starts(document.cold_starts),
        cost=wire.Cost(
            total=document.cost_total, per_hour_per_replica=document.cost_per_hour_per_replica
        ),
    )


def _cold_starts(document: ColdStartList | None) -> wire.ColdStarts | None:
    if document is None:
        return None
    return wire.ColdStarts(
        total=document.total,
        first_byte_ms=wire.ColdStartTimes(
            p50=document.first_byte_p50_ms, p95=document.first_byte_p95_ms
        ),
        recent=[
            wire.ColdStart(
                at=format_rfc3339(one.at),
                placed_ms=one.placed_ms,
                started_ms=one.started_ms,
                ready_ms=one.ready_ms,
                held_ms=one.held_ms,
                first_byte_ms=one.first_byte_ms,
            )
            for one in document.items
        ],
    )


def _facet(document: ServiceDocument) -> tuple[WorkloadDocument, wire.Status]:
    if document.workload is None:
        # Its questions find services with a workload only; one by id may find another's.
        raise CommandRejected(NotFound(kind="service", key=document.id))
    return document.workload, document.status or "deploying"


def _deployment(document: DeploymentDocument) -> wire.Deployment:
    finished = document.finished_at
    return wire.Deployment(
        id=deployment_id(document.id),
        commit_sha=document.commit,
        status=document.status,
        created_at=format_rfc3339(document.created_at),
        finished_at=None if finished is None else format_rfc3339(finished),
        reason=document.reason,
        message=document.message,
        log_tail=list(document.log_tail),
    )


def _utilization(workload: WorkloadDocument) -> int | None:
    if workload.target_gpu_utilization is None and workload.gpu != "none":
        return UTILIZATION_DEFAULT
    return workload.target_gpu_utilization


def _cost(workload: WorkloadDocument) -> str:
    return price_text(
        price_per_hour(
            gpu=workload.gpu,
            gpu_count=workload.gpu_count,
            cpu=workload.cpu,
            memory_gb=workload.memory_gb,
        )
    )

"""From documents to `/ops`: services, deployments, replicas."""

from datetime import datetime

from services.gateway.surfaces.ops.resources.services import wire
from shared.domain.service.workload import EnvironmentPin
from shared.kernel.time import format_rfc3339
from shared.queries.services import (
    DeploymentDocument,
    ReplicaDocument,
    ServiceDocument,
    WorkloadDocument,
)
from shared.queries.watches import WatchDocument


def from_service(document: ServiceDocument) -> wire.Service:
    return wire.Service(
        id=document.id,
        project_id=document.project_id,
        project_handle=document.project_handle,
        account_id=document.account_id,
        name=document.name,
        slug=document.slug,
        description=document.description,
        labels=dict(document.labels),
        revision=document.revision,
        version=document.version,
        status=document.status,
        status_reason=document.status_reason,
        status_message=document.status_message,
        workload=None if document.workload is None else _workload(document.workload),
        deployment=None if document.deployment is None else from_deployment(document.deployment),
        serving=None if document.serving is None else from_deployment(document.serving),
        watch=None if document.watch is None else _watch(document.watch),
        replicas_wanted=document.replicas_wanted,
        replicas_current=document.replicas_current,
        replicas_ready=document.replicas_ready,
        created_at=format_rfc3339(document.created_at),
        updated_at=format_rfc3339(document.updated_at),
    )


def _watch(document: WatchDocument) -> wire.Watch:
    return wire.Watch(
        url=document.url,
        is_healthy=document.is_healthy,
        reason=document.reason,
        since=format_rfc3339(document.since),
    )


def _workload(document: WorkloadDocument) -> wire.ServiceWorkload:
    return wire.ServiceWorkload(
        repo=document.repo,
        branch=document.branch,
        image=document.image,
        command=document.command,
        gpu=document.gpu,
        gpu_count=document.gpu_count,
        cpu=document.cpu,
        memory_gb=document.memory_gb,
        replicas_min=document.replicas_min,
        replicas_max=document.replicas_max,
        target_gpu_utilization=document.target_gpu_utilization,
        port=document.port,
        health_check_path=document.health_check_path,
        env=[name for name, _ in document.env],
        region=document.region,
        custom_domain=document.custom_domain,
        environment=_pin(document.environment),
    )


def _pin(pin: EnvironmentPin | None) -> wire.PinnedEnvironment | None:
    if pin is None:
        return None
    return wire.PinnedEnvironment(environment_id=pin.environment_id, revision_id=pin.revision_id)


def from_deployment(document: DeploymentDocument) -> wire.Deployment:
    return wire.Deployment(
        id=document.id,
        number=document.number,
        revision=document.revision,
        trigger=document.trigger,
        commit=document.commit,
        status=document.status,
        reason=document.reason,
        message=document.message,
        last_probe=document.last_probe,
        exit_cause=document.exit_cause,
        log_tail=list(document.log_tail),
        created_at=format_rfc3339(document.created_at),
        finished_at=_optional(document.finished_at),
    )


def from_replica(document: ReplicaDocument) -> wire.Replica:
    """Without its address: where a replica listens is nobody's business but the edge's."""
    return wire.Replica(
        id=document.id,
        service_id=document.service_id,
        deployment_id=document.deployment_id,
        ordinal=document.ordinal,
        generation=document.generation,
        runtime=document.runtime,
        isolated=document.isolated,
        state=document.state,
        reason=document.reason,
        started_at=format_rfc3339(document.started_at),
        ready_at=_optional(document.ready_at),
        node=document.node,
    )


def _optional(moment: datetime | None) -> str | None:
    return None if moment is None else format_rfc3339(moment)

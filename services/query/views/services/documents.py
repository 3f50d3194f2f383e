"""Rows of the services view as documents. The order of columns is that of the SQL files."""

from typing import Any

from services.query.asked import Row
from services.query.views.services.watches import domain_of
from services.query.watched import watch_of
from shared.access.index import AccessIndex
from shared.domain.service.workload import EnvironmentPin
from shared.kernel.json import loads
from shared.queries.services import (
    DeploymentDocument,
    FacetsDocument,
    ProbeTarget,
    ReplicaDocument,
    ServiceDocument,
    WorkloadDocument,
)
from shared.queries.watches import WatchDocument

_DEPLOYMENT_AT = 19
_SERVING_AT = 32
_SCALED_AT = 45
_REGISTRATION_AT = 46
_WATCH_AT = 47
_DOMAIN_AT = 51
_UNPLACED_AT = 55


def service(row: Row, index: AccessIndex) -> ServiceDocument:
    """A project's handle never changes, so it is not kept in the rows."""
    project = index.projects.get(row[1])
    reason, message = _why(row)
    labels = tuple((name, value) for name, value in loads(row[6]))
    runs = None if row[9] is None else workload(loads(row[9]))
    return ServiceDocument(
        id=row[0],
        project_id=row[1],
        project_handle=project.handle if project else "",
        account_id=row[2],
        name=row[3],
        slug=row[4],
        description=row[5],
        labels=labels,
        revision=row[7],
        version=row[8],
        workload=runs,
        status=row[10],
        status_reason=reason,
        status_message=message,
        replicas_wanted=row[14],
        replicas_current=row[15],
        replicas_ready=row[16],
        created_at=row[17],
        updated_at=row[18],
        deployment=_joined(row[_DEPLOYMENT_AT:_SERVING_AT]),
        serving=_joined(row[_SERVING_AT:_SCALED_AT]),
        scaled_at=row[_SCALED_AT],
        unplaced=row[_UNPLACED_AT] or "",
        watch=_watch(row, labels) if runs is None else None,
        domain=domain_of(
            row[_DOMAIN_AT:_UNPLACED_AT], None if runs is None else runs.custom_domain
        ),
    )


def _watch(row: Row, labels: tuple[tuple[str, str], ...]) -> WatchDocument | None:
    facet = row[_REGISTRATION_AT]
    return watch_of(row[_WATCH_AT:_DOMAIN_AT], None if facet is None else loads(facet), labels)


def _why(row: Row) -> tuple[str, str]:
    """A token and a sentence; both empty while all is well."""
    status, rollout, reason, message, wanted, _, ready = row[10:17]
    if rollout == "failed":
        return reason, message
    unplaced = row[_UNPLACED_AT]
    if unplaced and ready < wanted:
        token = "quota" if unplaced.startswith("quota") else "capacity"
        return token, f"{ready} of {wanted} replicas are ready; no more fit: {unplaced}."
    if status == "degraded":
        return "replicas_not_ready", f"{ready} of {wanted} replicas are ready."
    return "", ""


def facets(row: Row) -> FacetsDocument:
    return FacetsDocument(
        service_id=row[0],
        project_id=row[1],
        has_workload=row[2],
        registration=None if row[3] is None else loads(row[3]),
        conversation=None if row[4] is None else loads(row[4]),
        participation=None if row[5] is None else loads(row[5]),
    )


def workload(raw: dict[str, Any]) -> WorkloadDocument:
    env = tuple((variable["name"], variable["value"]["secret_id"]) for variable in raw["env"])
    pin = raw.get("environment")
    pinned = None if pin is None else EnvironmentPin(**pin)
    return WorkloadDocument(**{**raw, "env": env, "environment": pinned})


def _joined(row: Row) -> DeploymentDocument | None:
    return None if row[0] is None else deployment(row)


def deployment(row: Row) -> DeploymentDocument:
    return DeploymentDocument(
        id=row[0],
        number=row[1],
        revision=row[2],
        trigger=row[3],
        commit=row[4],
        status=row[5],
        reason=row[6],
        message=row[7],
        last_probe=row[8],
        exit_cause=row[9],
        log_tail=tuple(loads(row[10])),
        created_at=row[11],
        finished_at=row[12],
    )


def replica(row: Row) -> ReplicaDocument:
    return ReplicaDocument(
        id=row[0],
        service_id=row[1],
        deployment_id=row[2],
        ordinal=row[3],
        generation=row[4],
        address=row[5],
        runtime=row[6],
        isolated=row[7],
        state=row[8],
        reason=row[9],
        started_at=row[10],
        ready_at=row[11],
        node=row[12],
    )


def probe_target(row: Row) -> ProbeTarget:
    return ProbeTarget(
        replica_id=row[0],
        service_id=row[1],
        project_id=row[2],
        deployment_id=row[3],
        address=row[4],
        path=row[5],
        is_ready=row[6],
        is_draining=row[7],
        started_at=row[8],
    )

"""Rows of the console's lists as documents. The order of columns is that of the SQL files."""

from collections.abc import Sequence

from services.query.asked import Row
from shared.access.index import AccessIndex
from shared.kernel.json import loads
from shared.queries.console import ProjectState, ServiceState, StateCount
from shared.queries.services import Status

# As the SQL counts them: the worst first, those without anything to run last.
STATUSES: tuple[Status | None, ...] = (
    "failed",
    "degraded",
    "deploying",
    "running",
    "stopped",
    None,
)
FACETS = ("workload", "registration", "conversation", "participation")


def state_counts(counts: Sequence[int]) -> tuple[StateCount, ...]:
    return tuple(
        StateCount(status=status, services=number)
        for status, number in zip(STATUSES, counts, strict=True)
        if number
    )


def project_state(row: Row) -> ProjectState:
    return ProjectState(
        id=row[0],
        handle=row[1],
        name=row[2],
        owner=row[3] or "",
        is_home=row[4],
        services=row[5],
        states=state_counts(row[6:12]),
        changed_at=row[12],
    )


def service_state(row: Row, index: AccessIndex) -> ServiceState:
    project = index.projects.get(row[1])
    workload = None if row[4] is None else loads(row[4])
    has = (workload is not None, *row[5:8])
    status, rollout, reason, message, revision, wanted, ready, updated_at, updated_by = row[8:17]
    if rollout != "failed":
        degraded = status == "degraded"
        reason = "replicas_not_ready" if degraded else ""
        message = f"{ready} of {wanted} replicas are ready." if degraded else ""
    source = ""
    if workload is not None:
        source = workload["image"] or workload["repo"] or workload["command"] or ""
    return ServiceState(
        id=row[0],
        project_handle=project.handle if project else "",
        name=row[2],
        slug=row[3],
        facets=tuple(name for name, held in zip(FACETS, has, strict=True) if held),
        status=status,
        status_reason=reason,
        status_message=message,
        source=source,
        revision=revision,
        replicas_wanted=wanted,
        replicas_ready=ready,
        updated_at=updated_at,
        updated_by=updated_by,
        updated_by_name=_name(updated_by, index),
    )


def _name(actor: str, index: AccessIndex) -> str:
    """A handle where there is one (handles are public), else the actor as recorded."""
    kind, _, id_ = actor.partition(":")
    if kind == "process":
        return f"the {id_}"
    principal = index.principals.get(id_)
    return (principal.handle if principal else None) or actor

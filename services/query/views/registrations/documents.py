"""Rows of services, people and projects as a registry's documents. The order of columns is that of
the SQL files."""

from typing import Any

from services.query.asked import Row
from services.query.watched import watch_of
from shared.access.index import AccessIndex
from shared.kernel.json import loads
from shared.queries.registrations import (
    PersonDocument,
    ReferenceDocument,
    RegistrationDocument,
    RegistrationFacet,
    ScopeDocument,
    SeenState,
)

_OWNER_AT = 17
_MODEL_VERSION_AT = 24
_PIPELINE_RUN_AT = 29
_WATCH_AT = 34


def registration(row: Row, index: AccessIndex) -> RegistrationDocument:
    project = index.projects.get(row[1])
    return RegistrationDocument(
        id=row[0],
        project_id=row[1],
        project_handle=project.handle if project else "",
        name=row[2],
        slug=row[3],
        labels=tuple((name, value) for name, value in loads(row[4])),
        type=row[5],
        flavor=row[6],
        registration=None if row[7] is None else _facet(loads(row[7])),
        seen=_seen(row),
        created_at=row[15],
        updated_at=row[16],
        # A service that a process made, or whose owner is gone, belongs to nobody.
        owner=None if row[_OWNER_AT] is None else person(row[_OWNER_AT:], index),
        model_version=_reference(row[_MODEL_VERSION_AT:]),
        pipeline_run=_reference(row[_PIPELINE_RUN_AT:]),
    )


def _reference(row: Row) -> ReferenceDocument | None:
    if row[0] is None:
        return None
    return ReferenceDocument(
        id=row[0], name=row[1], versions=row[2], created_at=row[3], updated_at=row[4]
    )


def _facet(raw: dict[str, Any]) -> RegistrationFacet:
    return RegistrationFacet(
        service_type=raw["service_type"],
        service_source=raw["service_source"],
        admin_state=raw["admin_state"],
        config=raw["config"],
        status=raw["status"],
        endpoint=raw["endpoint"],
        prediction_url=raw["prediction_url"],
        health_check_url=raw["health_check_url"],
        model_version_id=raw["model_version_id"],
        pipeline_run_id=raw["pipeline_run_id"],
    )


def _seen(row: Row) -> SeenState | None:
    """What the prober and the scheduler saw of a workload."""
    workload, status, rollout, reason, message, wanted, ready = row[8:15]
    if workload is None or status is None:
        return _watched(row)
    if rollout != "failed":
        reason, message = "", ""
        if status == "degraded":
            reason, message = "replicas_not_ready", f"{ready} of {wanted} replicas are ready."
    return SeenState(
        status=status,
        reason=reason,
        message=message,
        replicas_ready=ready,
        health_check_path=loads(workload)["health_check_path"],
    )


def _watched(row: Row) -> SeenState | None:
    """What the prober saw at the URL of a service that runs elsewhere."""
    labels = tuple((name, value) for name, value in loads(row[4]))
    facet = None if row[7] is None else loads(row[7])
    watch = watch_of(row[_WATCH_AT:], facet, labels)
    if watch is None:
        return None
    return SeenState(
        status="running" if watch.is_healthy else "failed",
        reason="" if watch.is_healthy else "watch_failed",
        message=watch.reason,
        replicas_ready=0,
        health_check_path="",
        is_ours=False,
    )


def person(
    row: Row, index: AccessIndex, *, default_project_id: str | None = None
) -> PersonDocument:
    return PersonDocument(
        id=row[0],
        kind=row[1],
        name=row[2] if row[2] is not None else row[3],
        full_name=row[3],
        email=row[4],
        is_admin=index.is_installation_admin(row[0]),
        created_at=row[5],
        updated_at=row[6],
        default_project_id=default_project_id,
    )


def scope(row: Row) -> ScopeDocument:
    return ScopeDocument(
        id=row[0],
        handle=row[1],
        name=row[2],
        description=row[3],
        created_at=row[4],
        updated_at=row[5],
    )

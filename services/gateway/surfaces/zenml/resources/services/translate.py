"""Both ways between ZenML's spelling of a service and ours. Pure."""

from typing import Any

from services.gateway.surfaces.zenml.ids import meant, shown
from services.gateway.surfaces.zenml.resources.services import wire
from services.gateway.surfaces.zenml.resources.services.references import (
    model_version,
    pipeline_run,
)
from services.gateway.surfaces.zenml.resources.users.translate import from_person
from services.gateway.surfaces.zenml.times import time
from shared.domain.service.commands import RegisterService, ReviseRegistration
from shared.domain.service.facets.registration import Registration
from shared.kernel.unset import UNSET
from shared.queries.registrations import RegistrationDocument, SeenState

# What was seen of a workload, in a registry's words.
STATES = {
    "deploying": wire.ServiceState.PENDING_STARTUP,
    "running": wire.ServiceState.ACTIVE,
    "degraded": wire.ServiceState.ACTIVE,
    "stopped": wire.ServiceState.SCALED_TO_ZERO,
    "failed": wire.ServiceState.ERROR,
}


def to_register(
    body: wire.ServiceRequest, *, service_id: str, deployment_id: str, project_id: str
) -> RegisterService:
    return RegisterService(
        service_id=service_id,
        project_id=project_id,
        deployment_id=deployment_id,
        name=body.name,
        labels=tuple((body.labels or {}).items()),
        naming="tailed",
        registration=Registration(
            service_type=body.service_type.model_dump(),
            service_source=body.service_source,
            admin_state=None if body.admin_state is None else body.admin_state.value,
            config=body.config,
            status=body.status or None,
            endpoint=body.endpoint or None,
            prediction_url=body.prediction_url,
            health_check_url=body.health_check_url,
            model_version_id=None
            if body.model_version_id is None
            else meant(body.model_version_id),
            pipeline_run_id=None if body.pipeline_run_id is None else meant(body.pipeline_run_id),
        ),
    )


def to_revise(body: wire.ServiceUpdate, *, service_id: str, project_id: str) -> ReviseRegistration:
    """Null is unchanged; an empty object clears."""
    return ReviseRegistration(
        service_id=service_id,
        project_id=project_id,
        name=UNSET if body.name is None else body.name,
        labels=UNSET if body.labels is None else tuple(body.labels.items()),
        service_source=UNSET if body.service_source is None else body.service_source,
        admin_state=UNSET if body.admin_state is None else body.admin_state.value,
        status=UNSET if body.status is None else body.status or None,
        endpoint=UNSET if body.endpoint is None else body.endpoint or None,
        prediction_url=UNSET if body.prediction_url is None else body.prediction_url,
        health_check_url=UNSET if body.health_check_url is None else body.health_check_url,
        model_version_id=UNSET if body.model_version_id is None else meant(body.model_version_id),
    )


def from_registration(
    document: RegistrationDocument, *, hydrate: bool, suffix: str, port: int
) -> wire.Service:
    return wire.Service(
        body=wire.ServiceBody(
            created=time(document.created_at),
            updated=time(document.updated_at),
            user_id=None if document.owner is None else shown(document.owner.id),
            project_id=shown(document.project_id),
            service_type=_service_type(document),
            labels=dict(document.labels) or None,
            state=_state(document),
        ),
        metadata=_metadata(document, suffix=suffix, port=port) if hydrate else None,
        resources=_resources(document),
        id=shown(document.id),
        name=document.name,
    )


def _resources(document: RegistrationDocument) -> wire.ServiceResources:
    run, version, project_id = document.pipeline_run, document.model_version, document.project_id
    return wire.ServiceResources(
        user=None if document.owner is None else from_person(document.owner),
        pipeline_run=None if run is None else pipeline_run(run, shown(project_id)),
        model_version=None if version is None else model_version(version, shown(project_id)),
    )


def _service_type(document: RegistrationDocument) -> wire.ServiceType:
    said = document.registration.service_type if document.registration else {}
    return wire.ServiceType(
        type=document.type,
        flavor=document.flavor,
        name=said.get("name", ""),
        description=said.get("description", ""),
        logo_url=said.get("logo_url", ""),
    )


def _state(document: RegistrationDocument) -> wire.ServiceState | None:
    """What was seen, where somebody looks; else what its client reported."""
    if document.seen is not None:
        return _seen_state(document.seen)
    facet = document.registration
    state = (facet.status or {}).get("state") if facet is not None else None
    return None if state is None else wire.ServiceState(state)


def _seen_state(seen: SeenState) -> wire.ServiceState:
    if seen.status == "degraded" and seen.replicas_ready == 0:
        return wire.ServiceState.ERROR
    return STATES[seen.status]


def _metadata(document: RegistrationDocument, *, suffix: str, port: int) -> wire.ServiceMetadata:
    facet, seen = document.registration, document.seen
    said = facet.admin_state if facet is not None else None
    base = f"http://{document.slug}.{document.project_handle}.{suffix}"
    base = base if port == 80 else f"{base}:{port}"
    prediction_url = (facet.prediction_url if facet is not None else None) or None
    health_check_url = facet.health_check_url if facet is not None else None
    if seen is not None and seen.is_ours:
        said = said or wire.ServiceState.ACTIVE.value
        prediction_url = prediction_url or base
        health_check_url = health_check_url or f"{base}{seen.health_check_path}"
    return wire.ServiceMetadata(
        service_source=facet.service_source if facet is not None else None,
        admin_state=None if said is None else wire.ServiceState(said),
        config=dict(facet.config) if facet is not None else {},
        status=_status(document),
        endpoint=_document(facet.endpoint) if facet is not None else None,
        prediction_url=prediction_url,
        health_check_url=health_check_url,
    )


def _status(document: RegistrationDocument) -> dict[str, Any] | None:
    """Over what was reported lies what was seen, with its reason where ZenML's client shows one."""
    facet, seen = document.registration, document.seen
    reported = _document(facet.status) if facet is not None else None
    if seen is None:
        return reported
    why = ": ".join(part for part in (seen.reason, seen.message) if part)
    return {**(reported or {}), "state": _seen_state(seen).value, "last_error": why}


def _document(value: Any) -> dict[str, Any] | None:
    return None if value is None else dict(value)

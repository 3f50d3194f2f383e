"""From bodies of `/ops` to commands that attach or revise a facet."""

from dataclasses import dataclass
from typing import Any

from services.gateway.surfaces.ops.resources.facets import wire
from shared.domain.service.commands import (
    AttachWorkload,
    ReviseConversation,
    ReviseParticipation,
    ReviseRegistration,
)
from shared.domain.service.facets.participation import Topic
from shared.domain.service.workload import EnvVar, Workload
from shared.kernel.secrets import PlainText
from shared.kernel.unset import UNSET
from shared.queries.services import FacetsDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The service that gets the facet."""

    service_id: str
    project_id: str


def to_attach(body: wire.Workload, target: Target, *, deployment_id: str) -> AttachWorkload:
    replicas_max = body.replicas_max
    return AttachWorkload(
        service_id=target.service_id,
        project_id=target.project_id,
        deployment_id=deployment_id,
        workload=Workload(
            repo=body.repo,
            branch=body.branch,
            image=body.image,
            command=body.command,
            gpu=body.gpu,
            gpu_count=body.gpu_count,
            cpu=body.cpu,
            memory_gb=body.memory_gb,
            replicas_min=body.replicas_min,
            replicas_max=max(1, body.replicas_min) if replicas_max is None else replicas_max,
            target_gpu_utilization=body.target_gpu_utilization,
            port=body.port,
            health_check_path=body.health_check_path,
            env=tuple(
                EnvVar(name=name, value=PlainText(text=value)) for name, value in body.env.items()
            ),
            region=body.region,
            custom_domain=body.custom_domain,
        ),
    )


def to_registration(body: wire.Registration, target: Target) -> ReviseRegistration:
    return ReviseRegistration(
        service_id=target.service_id, project_id=target.project_id, **_given(body)
    )


def to_conversation(body: wire.Conversation, target: Target) -> ReviseConversation:
    return ReviseConversation(
        service_id=target.service_id,
        project_id=target.project_id,
        agent_id=UNSET if body.agent_id is None else body.agent_id,
        state_machine_id=UNSET if body.state_machine_id is None else body.state_machine_id,
        is_active=UNSET if body.is_active is None else body.is_active,
        tags=UNSET if body.tags is None else tuple(body.tags.items()),
        keyterms=UNSET if body.keyterms is None else tuple(body.keyterms),
        attach=True,
    )


def to_participation(body: wire.Participation, target: Target) -> ReviseParticipation:
    given = _given(body)
    for name in ("consumes", "produces"):
        if name in given:
            given[name] = tuple(_topic(topic) for topic in given[name])
    if given.get("flows") is not None:
        given["flows"] = tuple(given["flows"])
    return ReviseParticipation(service_id=target.service_id, project_id=target.project_id, **given)


def _given(body: wire.Registration | wire.Participation) -> dict[str, Any]:
    return {name: getattr(body, name) for name in body.model_fields_set}


def _topic(topic: wire.Topic) -> Topic:
    return Topic(
        name=topic.name,
        category=topic.category,
        owner=topic.owner,
        flows=None if topic.flows is None else tuple(topic.flows),
        extras=topic.extras,
    )


def from_document(document: FacetsDocument) -> wire.Facets:
    facets = {
        "workload": True if document.has_workload else None,
        "registration": document.registration,
        "conversation": document.conversation,
        "participation": document.participation,
    }
    return wire.Facets(
        service_id=document.service_id,
        facets=[name for name, facet in facets.items() if facet is not None],
        registration=document.registration,
        conversation=document.conversation,
        participation=document.participation,
    )

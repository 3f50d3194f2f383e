"""Between MicroVisualizer's services and ours: pure, both ways, every field by name."""

from collections.abc import Sequence
from typing import Any

from services.gateway.surfaces.microvisualizer.names import actor_type
from services.gateway.surfaces.microvisualizer.resources.services import wire
from shared.domain.service.commands import RegisterService, ReviseParticipation
from shared.domain.service.facets.participation import Participation, Topic
from shared.kernel.time import format_rfc3339
from shared.kernel.unset import UNSET
from shared.queries.microvisualizer import SnapshotDocument

# -- in


def to_register(
    body: wire.ServiceCreate, *, service_id: str, project_id: str, deployment_id: str
) -> RegisterService:
    return RegisterService(
        service_id=service_id,
        project_id=project_id,
        deployment_id=deployment_id,
        name=body.name,
        description=body.description or "",
        participation=Participation(
            category=body.category,
            owner=body.owner,
            flows=_flows(body.flows),
            consumes=_topics(body.consumes or ()),
            produces=_topics(body.produces or ()),
            extras=body.extras,
        ),
    )


def to_revise(body: wire.ServiceUpdate, *, service_id: str, project_id: str) -> ReviseParticipation:
    """A field that is not there is UNSET; null clears."""

    def given(field: str, value: Any) -> Any:
        return value if field in body.model_fields_set else UNSET

    return ReviseParticipation(
        service_id=service_id,
        project_id=project_id,
        name=given("name", body.name),
        description=given("description", body.description or ""),
        category=given("category", body.category),
        owner=given("owner", body.owner),
        flows=given("flows", _flows(body.flows)),
        consumes=given("consumes", _topics(body.consumes or ())),
        produces=given("produces", _topics(body.produces or ())),
        extras=given("extras", body.extras),
    )


def _flows(flows: list[str] | None) -> tuple[str, ...] | None:
    return None if flows is None else tuple(flows)


def _topics(topics: Sequence[wire.MessagingTopic]) -> tuple[Topic, ...]:
    return tuple(
        Topic(
            name=topic.name,
            category=topic.category,
            owner=topic.owner,
            flows=_flows(topic.flows),
            extras=topic.extras,
        )
        for topic in topics
    )


# -- out


def from_snapshot(snapshot: SnapshotDocument) -> wire.ServiceGet:
    participation, until = snapshot.participation, snapshot.valid_until
    return wire.ServiceGet(
        slug=snapshot.slug,
        name=snapshot.name,
        description=snapshot.description or None,
        category=participation.category,
        owner=participation.owner,
        flows=_listed(participation.flows),
        consumes=_from_topics(participation.consumes),
        produces=_from_topics(participation.produces),
        extras=_extras(participation),
        createdBy=snapshot.created_by.name,
        createdByType=actor_type(snapshot.created_by),
        createdAt=format_rfc3339(snapshot.created_at),
        updatedBy=snapshot.updated_by.name,
        updatedByType=actor_type(snapshot.updated_by),
        updatedAt=format_rfc3339(snapshot.valid_from),
        validFrom=format_rfc3339(snapshot.valid_from),
        validUntil=None if until is None else format_rfc3339(until),
    )


def to_raw(snapshot: SnapshotDocument) -> wire.ServiceRaw:
    participation = snapshot.participation
    return wire.ServiceRaw(
        name=snapshot.name,
        description=snapshot.description or None,
        category=participation.category,
        owner=participation.owner,
        flows=_listed(participation.flows),
        consumes=_from_topics(participation.consumes),
        produces=_from_topics(participation.produces),
        extras=_extras(participation),
    )


def _listed(flows: tuple[str, ...] | None) -> list[str] | None:
    return None if flows is None else list(flows)


def _extras(thing: Participation | Topic) -> dict[str, str] | None:
    return None if thing.extras is None else dict(thing.extras)


def _from_topics(topics: tuple[Topic, ...]) -> list[wire.Topic]:
    return [
        wire.Topic(
            name=topic.name,
            category=topic.category,
            owner=topic.owner,
            flows=_listed(topic.flows),
            extras=_extras(topic),
        )
        for topic in topics
    ]

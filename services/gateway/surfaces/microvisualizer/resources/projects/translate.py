"""Between MicroVisualizer's projects and ours: pure, both ways."""

from services.gateway.surfaces.microvisualizer.names import actor_type
from services.gateway.surfaces.microvisualizer.resources.projects import wire
from shared.domain.project.commands import CreateProject, ReviseProject
from shared.domain.service.commands import Naming, RegisterService
from shared.domain.service.facets.participation import (
    description_rejection,
    name_rejection,
)
from shared.kernel.names import slug_of
from shared.kernel.time import format_rfc3339
from shared.kernel.unset import UNSET
from shared.queries.microvisualizer import (
    ListProjectCards,
    ProjectCard,
    ProjectCardPage,
    SnapshotDocument,
)


def to_create(
    *, name: str, description: str, project_id: str, account_id: str, handle: str
) -> CreateProject:
    return CreateProject(
        project_id=project_id,
        account_id=account_id,
        handle=handle,
        name=name,
        description=description,
    )


def to_revise(body: wire.ProjectUpdate, *, project_id: str) -> ReviseProject:
    return ReviseProject(
        project_id=project_id,
        name=UNSET if body.name is None else body.name,
        description=UNSET if body.description is None else body.description,
        archived=UNSET if body.archived is None else body.archived,
    )


def to_list(query: wire.ProjectsQuery) -> ListProjectCards:
    return ListProjectCards(
        pinned=query.pinned,
        archived=query.archived,
        created_by=query.createdBy,
        name_part=query.query,
        page=query.page,
        size=query.size,
    )


def to_copy(
    snapshot: SnapshotDocument, *, service_id: str, project_id: str, deployment_id: str
) -> RegisterService:
    """What a service is in the architecture; what runs it stays where it is."""
    return RegisterService(
        service_id=service_id,
        project_id=project_id,
        deployment_id=deployment_id,
        name=snapshot.name,
        description=snapshot.description,
        naming=_naming(snapshot),
        participation=snapshot.participation,
    )


def _naming(snapshot: SnapshotDocument) -> Naming:
    """Services born on other surfaces may have names that are not unique, or longer than here."""
    fits = not (name_rejection(snapshot.name) or description_rejection(snapshot.description))
    return "bare" if fits and snapshot.slug == slug_of(snapshot.name) else "tailed"


def from_card(card: ProjectCard) -> wire.ProjectGet:
    return wire.ProjectGet(
        id=card.handle,
        name=card.name,
        description=card.description,
        archived=card.archived,
        pinned=card.pinned_at is not None,
        serviceCount=card.service_count,
        isOwner=card.is_owner,
        createdBy=card.created_by.name,
        createdByType=actor_type(card.created_by),
        updatedBy=card.updated_by.name,
        updatedByType=actor_type(card.updated_by),
        createdAt=format_rfc3339(card.created_at),
        updatedAt=format_rfc3339(card.updated_at),
    )


def from_page(page: ProjectCardPage, query: wire.ProjectsQuery) -> wire.ProjectPage:
    pages = -(-page.total // query.size)
    return wire.ProjectPage(
        data=[from_card(card) for card in page.items],
        page=query.page,
        size=query.size,
        total=page.total,
        totalPages=pages,
        first=query.page == 0,
        last=query.page >= pages - 1,
    )

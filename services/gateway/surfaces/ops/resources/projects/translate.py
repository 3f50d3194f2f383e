"""Between `/ops` and the domain: projects."""

from services.gateway.surfaces.ops.resources.projects import wire
from services.gateway.surfaces.ops.wire import Membership
from shared.domain.project.commands import CreateProject, ReviseProject
from shared.kernel.time import format_rfc3339
from shared.kernel.unset import UNSET
from shared.queries.identity import ProjectDocument


def to_create(body: wire.CreateProject, *, project_id: str, account_id: str) -> CreateProject:
    return CreateProject(
        project_id=project_id,
        account_id=account_id,
        handle=body.handle,
        name=body.name,
        description=body.description,
    )


def to_revise(body: wire.ReviseProject, *, project_id: str) -> ReviseProject:
    return ReviseProject(
        project_id=project_id,
        name=UNSET if body.name is None else body.name,
        description=UNSET if body.description is None else body.description,
    )


def from_document(document: ProjectDocument) -> wire.Project:
    return wire.Project(
        id=document.id,
        account_id=document.account_id,
        handle=document.handle,
        name=document.name,
        description=document.description,
        is_home=document.is_home,
        collaborators=[
            Membership(principal_id=id_, role=role) for id_, role in document.collaborators
        ],
        may=list(document.may),
        created_at=format_rfc3339(document.created_at),
        updated_at=format_rfc3339(document.updated_at),
    )

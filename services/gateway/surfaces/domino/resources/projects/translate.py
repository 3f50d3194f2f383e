"""Between Domino's projects and ours: pure, both ways."""

import re
from typing import Final, Literal

from services.gateway.surfaces.domino.resources.projects import wire
from shared.domain.git import Provider
from shared.domain.project.commands import (
    CreateProject,
    SetCollaborator,
    SetProjectStanding,
    SetResultsBranch,
)
from shared.domain.project.repository import Repository
from shared.domain.roles import Role
from shared.queries.domino import DominoProject

WireRole = Literal["contributor", "launcherUser", "resultsConsumer", "projectImporter"]

RESTRICTED: Final = "restricted"
_OURS: Final[dict[WireRole, Role]] = {
    "contributor": "member",
    "launcherUser": "launcher",
    "resultsConsumer": "viewer",
    "projectImporter": "importer",
}
# A role that this dialect has no word for is the nearest it has one for.
_THEIRS: Final[dict[str, WireRole]] = {
    **{ours: theirs for theirs, ours in _OURS.items()},
    "owner": "contributor",
    "admin": "contributor",
}
_HOSTS: Final[dict[str, Provider]] = {
    "github.com": "github",
    "gitlab.com": "gitLab",
    "bitbucket.org": "bitbucket",
}
_HOST: Final = re.compile(r"(?:[a-z]+://)?(?:[^@/]+@)?([^:/]+)[:/]", re.IGNORECASE)


def to_create(
    body: wire.NewProject, *, project_id: str, account_id: str, handle: str, repository_id: str
) -> CreateProject:
    given, template = body.mainRepository, body.templateDetails
    return CreateProject(
        project_id=project_id,
        account_id=account_id,
        handle=handle,
        name=body.name,
        description=body.description,
        visibility=body.visibility,
        is_restricted=body.isRestricted is True,
        claims_name=True,
        repository=None if given is None else to_repository(given, repository_id),
        template=None if template is None else _template(template),
    )


def to_repository(given: wire.GivenRepository, repository_id: str) -> Repository:
    reference = given.defaultRef
    return Repository(
        repository_id=repository_id,
        uri=given.uri,
        name=given.name,
        provider=given.serviceProvider or _provider(given.uri),
        ref_kind="head" if reference is None else reference.refType,
        ref=None if reference is None else reference.value,
        credential_id=given.gitCredentialId,
    )


def to_collaborate(body: wire.GivenCollaborator, project: DominoProject) -> SetCollaborator:
    """A role that this dialect spells alike stays: an admin is a contributor, too."""
    held = dict(project.collaborators).get(body.id)
    role = _OURS[body.role]
    if held in ("owner", "admin") and _THEIRS[held] == body.role:
        role = "owner" if held == "owner" else "admin"
    return SetCollaborator(project_id=project.id, principal_id=body.id, role=role)


def to_stand(body: wire.GivenStatus, *, project_id: str) -> SetProjectStanding:
    return SetProjectStanding(
        project_id=project_id,
        progress=body.status,
        is_blocked=body.isBlocked,
        blocked_reason=body.blockedReason,
        completed_message=body.completedMessage,
    )


def to_settle(body: wire.GivenResultsSettings, *, project_id: str) -> SetResultsBranch:
    return SetResultsBranch(project_id=project_id, branch=body.branch)


def from_project(project: DominoProject) -> wire.Project:
    tags = [RESTRICTED] if project.is_restricted else []
    return wire.Project(
        id=project.id,
        name=project.name,
        description=project.description,
        visibility=project.visibility,
        ownerId=project.account_id,
        ownerUsername=project.owner_handle,
        collaborators=[collaborator(id_, role) for id_, role in project.collaborators],
        internal_tags=tags,
        internalTags=tags,
        mainRepository=_repository(project.repository),
    )


def collaborator(principal_id: str, role: str) -> wire.Collaborator:
    return wire.Collaborator(id=principal_id, role=_THEIRS[role])


def status(project: DominoProject) -> wire.ProjectStatus:
    standing = project.standing
    return wire.ProjectStatus(
        status=standing.progress,
        isBlocked=standing.is_blocked,
        blockedReason=standing.blocked_reason,
        completedMessage=standing.completed_message,
    )


def results_settings(project: DominoProject) -> wire.ResultsSettings:
    return wire.ResultsSettings(branch=project.results_branch)


def _repository(repository: Repository | None) -> wire.Repository | None:
    if repository is None:
        return None
    return wire.Repository(
        id=repository.repository_id,
        uri=repository.uri,
        name=repository.name,
        defaultRef=wire.Reference(refType=repository.ref_kind, value=repository.ref),
        serviceProvider=repository.provider,
    )


def _provider(uri: str) -> Provider:
    match = _HOST.match(uri)
    return _HOSTS.get(match.group(1).lower(), "unknown") if match else "unknown"


def _template(template: wire.TemplateDetails) -> str:
    revision = f", revision {template.templateRevisionId}" if template.templateRevisionId else ""
    return f"{template.name} ({template.templateId}{revision})"

"""Projects: made, listed, read, archived, and who works in them."""

from typing import Any

from litestar import Request
from litestar.params import FromPath

from services.gateway.call import Call, call_of
from services.gateway.handles import TRIES, new_handle
from services.gateway.operation import operation
from services.gateway.refusals import CommandRejected
from services.gateway.surfaces.domino.auth import account_of, id_of
from services.gateway.surfaces.domino.envelope import (
    Enveloped,
    enveloped,
    metadata,
    page_metadata,
)
from services.gateway.surfaces.domino.reading import body_of, check_owner, page_of, query_of
from services.gateway.surfaces.domino.resources.projects import translate, wire
from services.gateway.surfaces.domino.resources.projects.seen import project_of, shown_project
from services.gateway.surfaces.domino.statuses import READ, WRITE
from services.gateway.surfaces.domino.wire import Deleted, PageQuery
from shared.domain.project.commands import RemoveCollaborator, ReviseProject
from shared.domain.rejections import Forbidden, NotFound, Taken
from shared.envelope.messages import Accepted
from shared.queries.domino import (
    DominoProject,
    DominoProjectPage,
    GitCredentialList,
    ListDominoProjects,
    ListGitCredentials,
)

AnyRequest = Request[Any, Any, Any]


async def get_projects(request: AnyRequest) -> Enveloped[wire.ProjectPage]:
    call = call_of(request)
    query = query_of(call, PageQuery)
    question = ListDominoProjects(offset=query.offset, limit=query.limit)
    found, total = await page_of(call, question, DominoProjectPage)
    projects = [translate.from_project(project) for project in found]
    return enveloped(
        call, wire.ProjectPage(projects=projects, metadata=page_metadata(call, query, total))
    )


async def create_project(request: AnyRequest) -> Enveloped[wire.ProjectEnvelope]:
    call = call_of(request)
    await check_owner(call, "ownerId", may="project.create")
    body = body_of(call, wire.NewProject)
    owner = body.ownerId
    account_id = await account_of(call) if owner is None else id_of(call, "owner", owner)
    await _check_credential(call, body.mainRepository)
    accepted = await _created(call, body, account_id)
    return await _shown(call, accepted.subject_id, after=accepted.position)


async def _check_credential(call: Call, repository: wire.GivenRepository | None) -> None:
    """One links a repository with a credential of one's own."""
    if repository is None or repository.gitCredentialId is None:
        return
    question = ListGitCredentials(principal_id=call.signed_in.principal_id)
    own = await call.find(question, GitCredentialList)
    if repository.gitCredentialId not in [each.id for each in own.items]:
        raise CommandRejected(NotFound(kind="git_credential", key=repository.gitCredentialId))


async def _created(call: Call, body: wire.NewProject, account_id: str) -> Accepted:
    for attempt in range(TRIES):
        command = translate.to_create(
            body,
            project_id=call.parts.ids.new(),
            account_id=account_id,
            handle=new_handle(body.name),
            repository_id=call.parts.ids.new(),
        )
        try:
            return await call.command(command, step=f"try-{attempt}" if attempt else "")
        except CommandRejected as rejected:
            taken = isinstance(rejected.rejection, Taken) and rejected.rejection.space == "handle"
            if not taken or attempt == TRIES - 1:
                raise
    raise AssertionError("the last try returns or raises")


async def get_project_by_id(
    projectId: FromPath[str], request: AnyRequest
) -> Enveloped[wire.ProjectEnvelope]:
    return await _shown(call_of(request), projectId)


async def archive_project(projectId: FromPath[str], request: AnyRequest) -> Enveloped[Deleted]:
    call = call_of(request)
    project = await project_of(call, projectId, may="project.write")
    accepted = await call.command(ReviseProject(project_id=project.id, archived=True))
    await _settled(call, project.id, accepted)
    return _deleted(call)


async def add_collaborator(
    projectId: FromPath[str], request: AnyRequest
) -> Enveloped[wire.CollaboratorEnvelope]:
    call = call_of(request)
    project = await project_of(call, projectId, may="project.write")
    body = body_of(call, wire.GivenCollaborator)
    command = translate.to_collaborate(body, project)
    accepted = await call.command(command)
    written = await shown_project(call, project.id, after=accepted.position)
    role = dict(written.collaborators).get(command.principal_id, command.role)
    return enveloped(
        call,
        wire.CollaboratorEnvelope(
            collaborator=translate.collaborator(command.principal_id, role),
            metadata=metadata(call),
        ),
    )


async def remove_collaborator(
    projectId: FromPath[str], collaboratorId: FromPath[str], request: AnyRequest
) -> Enveloped[Deleted]:
    call = call_of(request)
    project = await project_of(call, projectId, may="project.write")
    accepted = await call.command(
        RemoveCollaborator(project_id=project.id, principal_id=collaboratorId)
    )
    if collaboratorId not in dict(project.collaborators) and not accepted.replayed:
        raise CommandRejected(NotFound(kind="collaborator", key=collaboratorId))
    await _settled(call, project.id, accepted)
    return _deleted(call)


async def update_status(
    projectId: FromPath[str], request: AnyRequest
) -> Enveloped[wire.ProjectStatusEnvelope]:
    call = call_of(request)
    project = await project_of(call, projectId, may="project.edit")
    body = body_of(call, wire.GivenStatus)
    accepted = await call.command(translate.to_stand(body, project_id=project.id))
    written = await shown_project(call, project.id, after=accepted.position)
    return enveloped(
        call, wire.ProjectStatusEnvelope(status=translate.status(written), metadata=metadata(call))
    )


async def get_results_settings(
    projectId: FromPath[str], request: AnyRequest
) -> Enveloped[wire.ResultsSettingsEnvelope]:
    call = call_of(request)
    return _results(call, await shown_project(call, projectId))


async def update_results_settings(
    projectId: FromPath[str], request: AnyRequest
) -> Enveloped[wire.ResultsSettingsEnvelope]:
    call = call_of(request)
    project = await project_of(call, projectId, may="project.write")
    body = body_of(call, wire.GivenResultsSettings)
    accepted = await call.command(translate.to_settle(body, project_id=project.id))
    return _results(call, await shown_project(call, project.id, after=accepted.position))


async def _settled(call: Call, project_id: str, accepted: Accepted) -> None:
    """Waits for the view, which need not show it to the caller any longer."""
    try:
        await shown_project(call, project_id, after=accepted.position)
    except CommandRejected as rejected:
        if not isinstance(rejected.rejection, NotFound | Forbidden):
            raise


async def _shown(
    call: Call, project_id: str, *, after: int | None = None
) -> Enveloped[wire.ProjectEnvelope]:
    project = translate.from_project(await shown_project(call, project_id, after=after))
    return enveloped(call, wire.ProjectEnvelope(project=project, metadata=metadata(call)))


def _results(call: Call, project: DominoProject) -> Enveloped[wire.ResultsSettingsEnvelope]:
    return enveloped(
        call,
        wire.ResultsSettingsEnvelope(
            resultsSettings=translate.results_settings(project), metadata=metadata(call)
        ),
    )


def _deleted(call: Call) -> Enveloped[Deleted]:
    return enveloped(call, Deleted(success=True, metadata=metadata(call)))


_TAG = "Projects"
_BETA = "/api/projects/beta/projects"
_STABLE = "/api/projects/v1/projects/{projectId:str}"
_RESULTS = f"{_BETA}/{{projectId:str}}/results-settings"

HANDLERS = (
    *operation(
        "GET",
        _BETA,
        get_projects,
        summary="Get the projects visible to the current user",
        tag=_TAG,
        query=PageQuery,
        refusals=READ,
        operation_id="getProjects",
    ),
    *operation(
        "POST",
        _BETA,
        create_project,
        summary="Create a project",
        tag=_TAG,
        body=wire.NewProject,
        refusals=WRITE,
        operation_id="createProject",
    ),
    *operation(
        "GET",
        _STABLE,
        get_project_by_id,
        summary="Get a project",
        tag=_TAG,
        refusals=READ,
        operation_id="getProjectById",
    ),
    *operation(
        "DELETE",
        f"{_BETA}/{{projectId:str}}",
        archive_project,
        summary="Archive a project",
        tag=_TAG,
        refusals=WRITE,
        operation_id="archiveProject",
    ),
    *operation(
        "POST",
        f"{_STABLE}/collaborators",
        add_collaborator,
        summary="Add a collaborator to a project, or change his role",
        tag=_TAG,
        body=wire.GivenCollaborator,
        refusals=WRITE,
        operation_id="addCollaboratorToProject",
    ),
    *operation(
        "DELETE",
        f"{_STABLE}/collaborators/{{collaboratorId:str}}",
        remove_collaborator,
        summary="Remove a collaborator from a project",
        tag=_TAG,
        refusals=WRITE,
        operation_id="removeCollaboratorFromProject",
    ),
    *operation(
        "PUT",
        f"{_STABLE}/status",
        update_status,
        summary="Say whether a project is complete or blocked",
        tag=_TAG,
        body=wire.GivenStatus,
        refusals=WRITE,
        operation_id="updateProjectStatus",
    ),
    *operation(
        "GET",
        _RESULTS,
        get_results_settings,
        summary="Get where a project's results go",
        tag=_TAG,
        refusals=READ,
        operation_id="getProjectResultSettings",
    ),
    *operation(
        "PUT",
        _RESULTS,
        update_results_settings,
        summary="Say where a project's results go",
        tag=_TAG,
        body=wire.GivenResultsSettings,
        refusals=WRITE,
        operation_id="updateProjectResultSettings",
    ),
)

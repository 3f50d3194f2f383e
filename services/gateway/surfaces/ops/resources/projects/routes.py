"""Projects and their collaborators."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.params import FromPath

from services.gateway.answer import Answer, answered, nothing
from services.gateway.call import Call, call_of
from services.gateway.operation import operation
from services.gateway.parameters import read_body, read_json, read_query
from services.gateway.surfaces.ops.find import named_principal, project_id_of, settle
from services.gateway.surfaces.ops.history import History, HistoryQuery, history_of
from services.gateway.surfaces.ops.paging import checked, pagination
from services.gateway.surfaces.ops.resources.principals.wire import SetRole
from services.gateway.surfaces.ops.resources.projects import translate, wire
from services.gateway.surfaces.ops.statuses import READ, WRITE
from shared.domain.project.commands import RemoveCollaborator, RemoveProject, SetCollaborator
from shared.queries.identity import GetProject, ListProjects, ProjectDocument, ProjectPage

AnyRequest = Request[Any, Any, Any]


async def create_project(request: AnyRequest) -> Answer[wire.Project]:
    call = call_of(request)
    body: wire.CreateProject = _body(call, wire.CreateProject)
    account = body.account
    accepted = await call.command(
        translate.to_create(
            body,
            project_id=call.parts.ids.new(),
            account_id=(
                call.signed_in.principal_id
                if account is None
                else await named_principal(call, "account", account)
            ),
        )
    )
    return await _written(call, accepted.subject_id, accepted.position, status=201)


async def list_projects(request: AnyRequest) -> Answer[wire.ProjectList]:
    call = call_of(request)
    _ = call.signed_in
    query = read_query(call.parameters(), wire.ListQuery)
    checked(query)
    account = query.account
    question = ListProjects(
        account_id=None if account is None else await named_principal(call, "account", account),
        page=query.page,
        per_page=query.per_page,
    )
    page = await call.ask(question, ProjectPage)
    return answered(
        wire.ProjectList(
            data=[translate.from_document(item) for item in page.items],
            pagination=pagination(query, page.total),
        )
    )


async def get_project(project: FromPath[str], request: AnyRequest) -> Answer[wire.Project]:
    call = call_of(request)
    document = await call.ask(GetProject(key=project), ProjectDocument)
    return answered(translate.from_document(document))


async def revise_project(project: FromPath[str], request: AnyRequest) -> Answer[wire.Project]:
    call = call_of(request)
    body: wire.ReviseProject = _body(call, wire.ReviseProject)
    project_id = await project_id_of(call, project)
    accepted = await call.command(translate.to_revise(body, project_id=project_id))
    return await _written(call, accepted.subject_id, accepted.position)


async def remove_project(project: FromPath[str], request: AnyRequest) -> Response[None]:
    call = call_of(request)
    project_id = await project_id_of(call, project)
    accepted = await call.command(RemoveProject(project_id=project_id))
    question = GetProject(key=accepted.subject_id)
    await settle(call, question, ProjectDocument, after=accepted.position)
    return nothing()


async def get_project_history(project: FromPath[str], request: AnyRequest) -> Answer[History]:
    call = call_of(request)
    return answered(await history_of(call, "project", await project_id_of(call, project)))


async def set_collaborator(
    project: FromPath[str], principal: FromPath[str], request: AnyRequest
) -> Answer[wire.Project]:
    call = call_of(request)
    body: SetRole = _body(call, SetRole)
    project_id = await project_id_of(call, project)
    principal_id = await named_principal(call, "principal", principal)
    accepted = await call.command(
        SetCollaborator(project_id=project_id, principal_id=principal_id, role=body.role)
    )
    return await _written(call, accepted.subject_id, accepted.position)


async def remove_collaborator(
    project: FromPath[str], principal: FromPath[str], request: AnyRequest
) -> Response[None]:
    call = call_of(request)
    project_id = await project_id_of(call, project)
    principal_id = await named_principal(call, "principal", principal)
    accepted = await call.command(
        RemoveCollaborator(project_id=project_id, principal_id=principal_id)
    )
    await settle(call, GetProject(key=project_id), ProjectDocument, after=accepted.position)
    return nothing()


def _body(call: Call, model: type[Any]) -> Any:
    _ = call.signed_in  # 401 comes before everything else.
    call.fingerprinted = read_json(call.body)
    return read_body(call.fingerprinted, model)


async def _written(
    call: Call, project_id: str, position: int, *, status: int = 200
) -> Answer[wire.Project]:
    document = await call.ask(GetProject(key=project_id), ProjectDocument, after=position)
    return answered(translate.from_document(document), status=status)


_TAG = "projects"
_MANY = "/ops/v1/projects"
_ONE = "/ops/v1/projects/{project:str}"
_COLLABORATOR = f"{_ONE}/collaborators/{{principal:str}}"

HANDLERS = (
    *operation(
        "POST",
        _MANY,
        create_project,
        summary="Create a project",
        tag=_TAG,
        status=HTTPStatus.CREATED,
        body=wire.CreateProject,
        refusals=WRITE,
    ),
    *operation(
        "GET",
        _MANY,
        list_projects,
        summary="List projects",
        tag=_TAG,
        query=wire.ListQuery,
        refusals=READ,
    ),
    *operation("GET", _ONE, get_project, summary="Get a project", tag=_TAG, refusals=READ),
    *operation(
        "PATCH",
        _ONE,
        revise_project,
        summary="Change a project",
        tag=_TAG,
        body=wire.ReviseProject,
        refusals=WRITE,
    ),
    *operation(
        "DELETE",
        _ONE,
        remove_project,
        summary="Remove a project",
        tag=_TAG,
        status=HTTPStatus.NO_CONTENT,
        refusals=WRITE,
    ),
    *operation(
        "GET",
        f"{_ONE}/history",
        get_project_history,
        summary="What happened to a project",
        tag=_TAG,
        query=HistoryQuery,
        refusals=READ,
    ),
    *operation(
        "PUT",
        _COLLABORATOR,
        set_collaborator,
        summary="Make a collaborator, or change its role",
        tag=_TAG,
        body=SetRole,
        refusals=WRITE,
    ),
    *operation(
        "DELETE",
        _COLLABORATOR,
        remove_collaborator,
        summary="Remove a collaborator",
        tag=_TAG,
        status=HTTPStatus.NO_CONTENT,
        refusals=WRITE,
    ),
)

"""Projects: made, listed, changed, duplicated, deleted."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.params import FromPath

from services.gateway.answer import Answer, answered, nothing
from services.gateway.call import Call, call_of
from services.gateway.handles import TRIES, new_handle
from services.gateway.operation import operation
from services.gateway.refusals import CommandRejected
from services.gateway.surfaces.microvisualizer.auth import account_of, project_of, shown_project
from services.gateway.surfaces.microvisualizer.reading import ask, body_of, query_of
from services.gateway.surfaces.microvisualizer.resources.projects import translate, wire
from services.gateway.surfaces.microvisualizer.resources.projects.duplicate import copy_services
from services.gateway.surfaces.microvisualizer.statuses import ALWAYS, READ, WRITE
from shared.domain.project.commands import RemoveProject
from shared.domain.rejections import NotFound, Taken
from shared.envelope.messages import Accepted
from shared.queries.microvisualizer import GetProjectCard, ProjectCard, ProjectCardPage

AnyRequest = Request[Any, Any, Any]


async def create_project(request: AnyRequest) -> Answer[wire.ProjectGet]:
    call = call_of(request)
    body = body_of(call, wire.ProjectCreate)
    accepted = await _created(
        call, name=body.name, description=body.description, account_id=await account_of(call)
    )
    return await _written(call, accepted.subject_id, accepted.position)


async def get_projects(request: AnyRequest) -> Answer[wire.ProjectPage]:
    call = call_of(request)
    query = query_of(call, wire.ProjectsQuery)
    page = await ask(call, translate.to_list(query), ProjectCardPage)
    return answered(translate.from_page(page, query))


async def get_project(projectId: FromPath[str], request: AnyRequest) -> Answer[wire.ProjectGet]:
    return answered(translate.from_card(await shown_project(call_of(request), projectId)))


async def update_project(projectId: FromPath[str], request: AnyRequest) -> Answer[wire.ProjectGet]:
    call = call_of(request)
    card = await project_of(call, projectId, may="project.write")
    body = body_of(call, wire.ProjectUpdate)
    accepted = await call.command(translate.to_revise(body, project_id=card.id))
    return await _written(call, accepted.subject_id, accepted.position)


async def delete_project(projectId: FromPath[str], request: AnyRequest) -> Response[None]:
    call = call_of(request)
    card = await project_of(call, projectId, may="project.remove")
    accepted = await call.command(RemoveProject(project_id=card.id))
    question = GetProjectCard(key=card.id, by_id=True)
    try:
        await call.ask(question, ProjectCard, after=accepted.position)
    except CommandRejected as rejected:
        if not isinstance(rejected.rejection, NotFound):
            raise
    return nothing()


async def duplicate_project(
    projectId: FromPath[str], request: AnyRequest
) -> Answer[wire.ProjectGet]:
    call = call_of(request)
    source = await project_of(call, projectId)
    body = body_of(call, wire.ProjectDuplicate) if call.body else wire.ProjectDuplicate()
    accounts = call.signed_in.accounts
    created = await _created(
        call,
        name=source.name if body.name is None else body.name,
        description=source.description,
        account_id=source.account_id if source.account_id in accounts else await account_of(call),
    )
    position = await copy_services(call, source, created)
    return await _written(call, created.subject_id, position)


async def _created(call: Call, *, name: str, description: str, account_id: str) -> Accepted:
    for attempt in range(TRIES):
        command = translate.to_create(
            name=name,
            description=description,
            project_id=call.parts.ids.new(),
            account_id=account_id,
            handle=new_handle(name),
        )
        try:
            return await call.command(command, step=f"try-{attempt}" if attempt else "")
        except CommandRejected as rejected:
            if not isinstance(rejected.rejection, Taken) or attempt == TRIES - 1:
                raise
    raise AssertionError("the last try returns or raises")


async def _written(call: Call, project_id: str, position: int) -> Answer[wire.ProjectGet]:
    question = GetProjectCard(key=project_id, by_id=True)
    card = await call.ask(question, ProjectCard, after=position)
    return answered(translate.from_card(card))


_TAG = "Projects"
_MANY = "/v1/projects"
_ONE = "/v1/projects/{projectId:str}"

HANDLERS = (
    *operation(
        "POST",
        _MANY,
        create_project,
        summary="Create a project",
        tag=_TAG,
        body=wire.ProjectCreate,
        refusals=(*ALWAYS, 403, 409, 413),
        operation_id="createProject",
    ),
    *operation(
        "GET",
        _MANY,
        get_projects,
        summary="List projects",
        tag=_TAG,
        query=wire.ProjectsQuery,
        refusals=ALWAYS,
        operation_id="getProjects",
    ),
    *operation(
        "GET",
        _ONE,
        get_project,
        summary="Get a project",
        tag=_TAG,
        refusals=READ,
        operation_id="getProject",
    ),
    *operation(
        "PUT",
        _ONE,
        update_project,
        summary="Change a project",
        tag=_TAG,
        body=wire.ProjectUpdate,
        refusals=WRITE,
        operation_id="updateProject",
    ),
    *operation(
        "DELETE",
        _ONE,
        delete_project,
        summary="Delete a project and all that is in it",
        tag=_TAG,
        status=HTTPStatus.NO_CONTENT,
        refusals=(*ALWAYS, 403, 404, 409),
        operation_id="deleteProject",
    ),
    *operation(
        "POST",
        f"{_ONE}/duplicate",
        duplicate_project,
        summary="Duplicate a project",
        tag=_TAG,
        body=wire.ProjectDuplicate,
        refusals=WRITE,
        operation_id="duplicateProject",
    ),
)

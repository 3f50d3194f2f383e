"""Services of a project: every live one, wherever it was born; what is written here is the part it
takes in the architecture. Removing one ends all of it, what runs included."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.params import FromPath

from services.gateway.answer import Answer, answered, nothing
from services.gateway.call import Call, call_of
from services.gateway.closing import removed
from services.gateway.operation import operation
from services.gateway.refusals import CommandRejected
from services.gateway.surfaces.microvisualizer.auth import project_of
from services.gateway.surfaces.microvisualizer.reading import all_snapshots, ask, body_of
from services.gateway.surfaces.microvisualizer.resources.services import translate, wire
from services.gateway.surfaces.microvisualizer.sparse import (
    Sparse,
    SparseList,
    sparse,
    sparse_list,
)
from services.gateway.surfaces.microvisualizer.statuses import READ, WRITE
from services.gateway.surfaces.microvisualizer.wire import AtQuery
from shared.domain.rejections import NotFound
from shared.domain.service.commands import RemoveService
from shared.envelope.messages import Accepted
from shared.queries.microvisualizer import GetSnapshot, GetSnapshotById, SnapshotDocument

AnyRequest = Request[Any, Any, Any]


async def create_service(projectId: FromPath[str], request: AnyRequest) -> Sparse[wire.ServiceGet]:
    call = call_of(request)
    card = await project_of(call, projectId, may="service.write")
    accepted = await call.command(
        translate.to_register(
            body_of(call, wire.ServiceCreate),
            service_id=call.parts.ids.new(),
            project_id=card.id,
            deployment_id=call.parts.ids.new(),
        )
    )
    return await _written(call, accepted.subject_id, accepted.position)


async def get_services(projectId: FromPath[str], request: AnyRequest) -> SparseList:
    snapshots = await all_snapshots(call_of(request), projectId)
    return sparse_list([translate.from_snapshot(snapshot) for snapshot in snapshots])


async def get_service(
    projectId: FromPath[str], serviceSlug: FromPath[str], request: AnyRequest
) -> Sparse[wire.ServiceGet]:
    question = GetSnapshot(project=projectId, slug=serviceSlug)
    snapshot = await ask(call_of(request), question, SnapshotDocument)
    return sparse(translate.from_snapshot(snapshot))


async def get_service_raw(
    projectId: FromPath[str], serviceSlug: FromPath[str], request: AnyRequest
) -> Answer[wire.ServiceRaw]:
    question = GetSnapshot(project=projectId, slug=serviceSlug)
    return answered(translate.to_raw(await ask(call_of(request), question, SnapshotDocument)))


async def update_service(
    projectId: FromPath[str], serviceSlug: FromPath[str], request: AnyRequest
) -> Sparse[wire.ServiceGet]:
    call = call_of(request)
    card = await project_of(call, projectId, may="service.write")
    body = body_of(call, wire.ServiceUpdate)
    service_id = await _service_id(call, projectId, serviceSlug)
    accepted = await call.command(
        translate.to_revise(body, service_id=service_id, project_id=card.id)
    )
    return await _written(call, accepted.subject_id, accepted.position)


async def delete_service(
    projectId: FromPath[str], serviceSlug: FromPath[str], request: AnyRequest
) -> Response[None]:
    call = call_of(request)
    card = await project_of(call, projectId, may="service.remove")
    service_id = await _service_id(call, projectId, serviceSlug)

    async def remove() -> Accepted:
        accepted = await call.command(RemoveService(service_id=service_id, project_id=card.id))
        await _gone(call, accepted)
        return accepted

    await removed(call, service_id, remove)
    return nothing()


async def _gone(call: Call, accepted: Accepted) -> None:
    """Waits until no list shows it."""
    try:
        question = GetSnapshotById(service_id=accepted.subject_id)
        await call.ask(question, SnapshotDocument, after=accepted.position)
    except CommandRejected as rejected:
        if not isinstance(rejected.rejection, NotFound):
            raise


async def _service_id(call: Call, project: str, slug: str) -> str:
    """Where there is none and the client gave an idempotency key, an id that nothing has: the
    command process then repeats its first answer, or says not found."""
    try:
        question = GetSnapshot(project=project, slug=slug)
        return (await call.find(question, SnapshotDocument)).service_id
    except CommandRejected as rejected:
        if call.idempotency_key is None or not isinstance(rejected.rejection, NotFound):
            raise
        return call.parts.ids.new()


async def _written(call: Call, service_id: str, position: int) -> Sparse[wire.ServiceGet]:
    question = GetSnapshotById(service_id=service_id)
    snapshot = await call.ask(question, SnapshotDocument, after=position)
    return sparse(translate.from_snapshot(snapshot))


_TAG = "Services"
_MANY = "/v1/projects/{projectId:str}/services"
_ONE = f"{_MANY}/{{serviceSlug:str}}"

HANDLERS = (
    *operation(
        "POST",
        _MANY,
        create_service,
        summary="Add a service to the project",
        tag=_TAG,
        body=wire.ServiceCreate,
        refusals=WRITE,
        operation_id="createService",
    ),
    *operation(
        "GET",
        _MANY,
        get_services,
        summary="List the services of the project",
        tag=_TAG,
        answer=list[wire.ServiceGet],
        query=AtQuery,
        refusals=READ,
        operation_id="getServices",
    ),
    *operation(
        "GET",
        _ONE,
        get_service,
        summary="Get a service",
        tag=_TAG,
        query=AtQuery,
        refusals=READ,
        operation_id="getService",
    ),
    *operation(
        "PUT",
        _ONE,
        update_service,
        summary="Change a service",
        tag=_TAG,
        body=wire.ServiceUpdate,
        refusals=WRITE,
        operation_id="updateService",
    ),
    *operation(
        "DELETE",
        _ONE,
        delete_service,
        summary="Remove a service from the project",
        tag=_TAG,
        status=HTTPStatus.NO_CONTENT,
        refusals=WRITE,
        operation_id="deleteService",
    ),
    *operation(
        "GET",
        f"{_ONE}/raw",
        get_service_raw,
        summary="Get a service as it was written",
        tag=_TAG,
        query=AtQuery,
        refusals=READ,
        operation_id="getServiceRaw",
    ),
)

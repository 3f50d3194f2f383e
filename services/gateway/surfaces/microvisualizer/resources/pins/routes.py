"""Projects that the caller has pinned: his own pins, nobody else's."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.params import FromPath

from services.gateway.answer import nothing
from services.gateway.call import call_of
from services.gateway.operation import operation
from services.gateway.surfaces.microvisualizer.auth import project_of
from services.gateway.surfaces.microvisualizer.reading import ask, body_of
from services.gateway.surfaces.microvisualizer.resources.pins import wire
from services.gateway.surfaces.microvisualizer.sparse import (
    Sparse,
    SparseList,
    sparse,
    sparse_list,
)
from services.gateway.surfaces.microvisualizer.statuses import ALWAYS
from shared.domain.project.commands import PinProject, UnpinProject
from shared.kernel.time import format_rfc3339
from shared.queries.microvisualizer import GetProjectCard, ListPins, PinList, ProjectCard

AnyRequest = Request[Any, Any, Any]


async def create_pinned(request: AnyRequest) -> Sparse[wire.PinnedProject]:
    call = call_of(request)
    body = body_of(call, wire.PinProject)
    card = await project_of(call, body.projectId)
    command = PinProject(project_id=card.id, principal_id=call.signed_in.principal_id)
    accepted = await call.command(command)
    question = GetProjectCard(key=card.id, by_id=True)
    shown = await call.ask(question, ProjectCard, after=accepted.position)
    at = None if shown.pinned_at is None else format_rfc3339(shown.pinned_at)
    return sparse(wire.PinnedProject(projectId=shown.handle, pinnedAt=at))


async def get_pinned(request: AnyRequest) -> SparseList:
    pins = await ask(call_of(request), ListPins(), PinList)
    return sparse_list(
        [
            wire.PinnedProject(projectId=pin.handle, pinnedAt=format_rfc3339(pin.pinned_at))
            for pin in pins.items
        ]
    )


async def delete_pinned(projectId: FromPath[str], request: AnyRequest) -> Response[None]:
    call = call_of(request)
    card = await project_of(call, projectId)
    command = UnpinProject(project_id=card.id, principal_id=call.signed_in.principal_id)
    accepted = await call.command(command)
    await call.ask(ListPins(), PinList, after=accepted.position)
    return nothing()


_TAG = "Pinned projects"

HANDLERS = (
    *operation(
        "POST",
        "/v1/pinned",
        create_pinned,
        summary="Pin a project",
        tag=_TAG,
        body=wire.PinProject,
        refusals=(*ALWAYS, 404, 409, 413),
        operation_id="createPinned",
    ),
    *operation(
        "GET",
        "/v1/pinned",
        get_pinned,
        summary="List pinned projects",
        tag=_TAG,
        answer=list[wire.PinnedProject],
        refusals=ALWAYS,
        operation_id="getPinned",
    ),
    *operation(
        "DELETE",
        "/v1/pinned/{projectId:str}",
        delete_pinned,
        summary="Unpin a project",
        tag=_TAG,
        status=HTTPStatus.NO_CONTENT,
        refusals=(*ALWAYS, 404, 409),
        operation_id="deletePinned",
    ),
)

"""A project's public share: one token, and the graph that whoever has it may see.

The reads by token are ours: the published API makes tokens and does not say what they open. They
show the project of now, never of the past, and nothing but the graph."""

import asyncio
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID, uuid4

from litestar import Request, Response
from litestar.params import FromPath

from services.gateway.answer import Answer, answered, nothing
from services.gateway.call import Call, call_of
from services.gateway.dispatch import PROCESS, Sender
from services.gateway.moments import NOW, Moment
from services.gateway.operation import operation
from services.gateway.refusals import CommandRejected
from services.gateway.surfaces.microvisualizer.auth import project_of
from services.gateway.surfaces.microvisualizer.graphs.drawing import MERMAID, SVG, svg_response
from services.gateway.surfaces.microvisualizer.graphs.landscape import Landscape, landscape_of
from services.gateway.surfaces.microvisualizer.graphs.mermaid import mermaid_of
from services.gateway.surfaces.microvisualizer.graphs.svg import svg_of
from services.gateway.surfaces.microvisualizer.reading import ask
from services.gateway.surfaces.microvisualizer.resources.graphs.translate import to_graph
from services.gateway.surfaces.microvisualizer.resources.graphs.wire import ProjectGraph
from services.gateway.surfaces.microvisualizer.resources.shares import wire
from services.gateway.surfaces.microvisualizer.sparse import Sparse, sparse
from services.gateway.surfaces.microvisualizer.statuses import ALWAYS
from shared.access.digest import digest_of
from shared.domain.project.commands import ShareProject, UnshareProject
from shared.domain.rejections import NotFound
from shared.kernel.actor import process_actor
from shared.kernel.secrets import PlainText
from shared.kernel.time import format_rfc3339
from shared.queries.microvisualizer import (
    GetProjectCard,
    GetShare,
    ListShared,
    ProjectCard,
    ShareDocument,
    SnapshotDocument,
    SnapshotPage,
)

AnyRequest = Request[Any, Any, Any]

# A link that is passed around must not be passed on: not to other sites, caches or search engines.
PUBLIC_HEADERS: Final = (
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"x-robots-tag", b"noindex"),
)


async def create_share(
    projectId: FromPath[str], request: AnyRequest
) -> Answer[wire.PublicShareToken]:
    call = call_of(request)
    card = await project_of(call, projectId, may="project.write")
    token = str(uuid4())
    accepted = await call.command(
        ShareProject(project_id=card.id, token=PlainText(text=token), digest=_digest(call, token))
    )
    # Read back: the repeat of a request gets the token of the first time.
    share = await call.ask(GetShare(project=card.handle), ShareDocument, after=accepted.position)
    return answered(_share(share))


async def get_share(projectId: FromPath[str], request: AnyRequest) -> Answer[wire.PublicShareToken]:
    return answered(_share(await ask(call_of(request), GetShare(project=projectId), ShareDocument)))


async def delete_share(projectId: FromPath[str], request: AnyRequest) -> Response[None]:
    call = call_of(request)
    card = await project_of(call, projectId, may="project.write")
    accepted = await call.command(UnshareProject(project_id=card.id))
    question = GetProjectCard(key=card.id, by_id=True)
    await call.ask(question, ProjectCard, after=accepted.position)
    return nothing()


async def get_public_graph(token: FromPath[str], request: AnyRequest) -> Sparse[ProjectGraph]:
    landscape = await _shared(call_of(request), token)
    return sparse(await asyncio.to_thread(to_graph, landscape))


async def get_public_mermaid(token: FromPath[str], request: AnyRequest) -> Response[str]:
    landscape = await _shared(call_of(request), token)
    return Response(await asyncio.to_thread(mermaid_of, landscape), media_type=MERMAID)


async def get_public_svg(token: FromPath[str], request: AnyRequest) -> Response[bytes]:
    landscape = await _shared(call_of(request), token)
    return svg_response(await asyncio.to_thread(svg_of, landscape))


async def _shared(call: Call, token: str) -> Landscape:
    call.answer_headers += PUBLIC_HEADERS
    if not _is_token(token):
        raise CommandRejected(NotFound(kind="share", key=""))
    # Nobody has signed in: the gateway itself asks, by what only a holder of the token knows.
    sender = Sender(
        actor=process_actor(PROCESS), surface=call.surface.name, correlation_id=call.request_id
    )
    digest = _digest(call, token)
    found: list[SnapshotDocument] = []
    after: str | None = ""
    moment = NOW
    while after is not None:
        question = ListShared(digest=digest, after=after)
        answer = await call.parts.dispatch.query(question, sender, moment=moment)
        page = answer.document
        if not isinstance(page, SnapshotPage):
            raise TypeError("asked for a page of snapshots, got something else")
        found += page.items
        after, moment = page.next_after, Moment(position=answer.position)
    return landscape_of(found)


def _is_token(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _digest(call: Call, token: str) -> str:
    return digest_of(f"share:{token}", call.parts.installation)


def _share(share: ShareDocument) -> wire.PublicShareToken:
    return wire.PublicShareToken(token=share.token, createdAt=format_rfc3339(share.shared_at))


_TAG = "Public share"
_SHARE = "/v1/projects/{projectId:str}/public-share-token"
_PUBLIC = "/v1/public/{token:str}/graph"

HANDLERS = (
    *operation(
        "POST",
        _SHARE,
        create_share,
        summary="Share the project; an earlier token dies",
        tag=_TAG,
        refusals=(*ALWAYS, 403, 404, 409),
        operation_id="createPublicShareToken",
    ),
    *operation(
        "GET",
        _SHARE,
        get_share,
        summary="Get the share token",
        tag=_TAG,
        refusals=(*ALWAYS, 404),
        operation_id="getPublicShareToken",
    ),
    *operation(
        "DELETE",
        _SHARE,
        delete_share,
        summary="Stop sharing the project",
        tag=_TAG,
        status=HTTPStatus.NO_CONTENT,
        refusals=(*ALWAYS, 403, 404, 409),
        operation_id="deletePublicShareToken",
    ),
    *operation(
        "GET",
        _PUBLIC,
        get_public_graph,
        summary="Get the graph of a shared project, without an account",
        tag=_TAG,
        is_public=True,
        refusals=(400, 404, 429, 500, 503),
    ),
    *operation(
        "GET",
        f"{_PUBLIC}/mermaid",
        get_public_mermaid,
        summary="The same as Mermaid",
        tag=_TAG,
        answer=str,
        answer_type=MERMAID,
        is_public=True,
        refusals=(400, 404, 429, 500, 503),
    ),
    *operation(
        "GET",
        f"{_PUBLIC}/svg",
        get_public_svg,
        summary="The same as SVG",
        tag=_TAG,
        answer=str,
        answer_type=SVG,
        is_public=True,
        refusals=(400, 404, 429, 500, 503),
    ),
)

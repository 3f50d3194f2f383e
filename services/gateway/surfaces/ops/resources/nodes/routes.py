"""Nodes: where replicas and jobs are placed. For who keeps the installation alone."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.params import FromPath

from services.gateway.answer import Answer, answered, nothing
from services.gateway.call import Call, call_of
from services.gateway.operation import operation
from services.gateway.parameters import read_body, read_json, read_query
from services.gateway.refusals import CommandRejected
from services.gateway.surfaces.ops.find import settle
from services.gateway.surfaces.ops.paging import checked, pagination
from services.gateway.surfaces.ops.resources.nodes import translate, wire
from services.gateway.surfaces.ops.statuses import READ, WRITE
from services.gateway.surfaces.ops.wire import PageQuery
from shared.domain.node.commands import DrainNode, RemoveNode
from shared.domain.node.parts import NAME
from shared.domain.rejections import NotFound
from shared.queries.nodes import GetNode, ListNodes, NodeDocument, NodePage

AnyRequest = Request[Any, Any, Any]


async def list_nodes(request: AnyRequest) -> Answer[wire.NodeList]:
    call = call_of(request)
    _ = call.signed_in
    query = read_query(call.parameters(), PageQuery)
    checked(query)
    page = await call.ask(ListNodes(page=query.page, per_page=query.per_page), NodePage)
    return answered(
        wire.NodeList(
            data=[translate.from_document(item) for item in page.items],
            pagination=pagination(query, page.total),
        )
    )


async def declare_node(request: AnyRequest) -> Answer[wire.Node]:
    call = call_of(request)
    _ = call.signed_in
    call.fingerprinted = read_json(call.body)
    body = read_body(call.fingerprinted, wire.DeclareNode)
    accepted = await call.command(translate.to_declare(body))
    return await _shown(call, body.name, after=accepted.position, status=201)


async def get_node(node: FromPath[str], request: AnyRequest) -> Answer[wire.Node]:
    call = call_of(request)
    _ = call.signed_in
    return await _shown(call, _name_of(node))


async def revise_node(node: FromPath[str], request: AnyRequest) -> Answer[wire.Node]:
    call = call_of(request)
    _ = call.signed_in
    call.fingerprinted = read_json(call.body)
    body = read_body(call.fingerprinted, wire.ReviseNode)
    found = await call.find(GetNode(name=_name_of(node)), NodeDocument)
    accepted = await call.command(translate.to_revise(body, node=found))
    return await _shown(call, node, after=accepted.position)


async def drain_node(node: FromPath[str], request: AnyRequest) -> Answer[wire.Node]:
    call = call_of(request)
    _ = call.signed_in
    accepted = await call.command(DrainNode(name=_name_of(node)))
    return await _shown(call, node, after=accepted.position)


async def remove_node(node: FromPath[str], request: AnyRequest) -> Response[None]:
    call = call_of(request)
    _ = call.signed_in
    accepted = await call.command(RemoveNode(name=_name_of(node)))
    await settle(call, GetNode(name=node), NodeDocument, after=accepted.position)
    return nothing()


def _name_of(text: str) -> str:
    """What could be no name of a node is none."""
    if not NAME.match(text):
        raise CommandRejected(NotFound(kind="node", key=text))
    return text


async def _shown(
    call: Call, name: str, *, after: int | None = None, status: int = 200
) -> Answer[wire.Node]:
    document = await call.ask(GetNode(name=name), NodeDocument, after=after)
    return answered(translate.from_document(document), status=status)


_TAG = "nodes"
_MANY = "/ops/v1/nodes"
_ONE = f"{_MANY}/{{node:str}}"

HANDLERS = (
    *operation(
        "GET",
        _MANY,
        list_nodes,
        summary="Where replicas and jobs are placed, and what is left there",
        tag=_TAG,
        query=PageQuery,
        refusals=READ,
    ),
    *operation(
        "POST",
        _MANY,
        declare_node,
        summary="Declare a slice of this machine, or a simulated place, as a node",
        tag=_TAG,
        body=wire.DeclareNode,
        status=HTTPStatus.CREATED,
        refusals=WRITE,
    ),
    *operation("GET", _ONE, get_node, summary="One node", tag=_TAG, refusals=READ),
    *operation(
        "PUT",
        _ONE,
        revise_node,
        summary="Change what a node has and who may go there; cordon it, or open it again",
        tag=_TAG,
        body=wire.ReviseNode,
        refusals=WRITE,
    ),
    *operation(
        "DELETE",
        _ONE,
        remove_node,
        summary="Remove a declared node; its replicas move first",
        tag=_TAG,
        status=HTTPStatus.NO_CONTENT,
        refusals=WRITE,
    ),
    *operation(
        "POST",
        f"{_ONE}/drain",
        drain_node,
        summary="Cordon a node and move its replicas; jobs run to their end",
        tag=_TAG,
        refusals=WRITE,
    ),
)

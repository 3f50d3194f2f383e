"""The architecture as a graph (JSON, Mermaid, SVG) and as entities. Derived at each read from the
snapshots of one moment; drawn in a thread, because a big one takes its time."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from litestar import Request, Response
from litestar.params import FromPath

from services.gateway.call import Call, call_of
from services.gateway.operation import operation
from services.gateway.surfaces.microvisualizer.graphs.drawing import MERMAID, SVG, svg_response
from services.gateway.surfaces.microvisualizer.graphs.landscape import (
    Landscape,
    around,
    landscape_of,
)
from services.gateway.surfaces.microvisualizer.graphs.mermaid import mermaid_of
from services.gateway.surfaces.microvisualizer.graphs.svg import svg_of
from services.gateway.surfaces.microvisualizer.reading import all_snapshots, query_of
from services.gateway.surfaces.microvisualizer.resources.graphs import translate, wire
from services.gateway.surfaces.microvisualizer.sparse import Sparse, sparse
from services.gateway.surfaces.microvisualizer.statuses import READ
from services.gateway.surfaces.microvisualizer.wire import AtQuery

AnyRequest = Request[Any, Any, Any]
T = TypeVar("T")


async def get_graph(projectId: FromPath[str], request: AnyRequest) -> Sparse[wire.ProjectGraph]:
    return sparse(await _drawn(call_of(request), projectId, translate.to_graph))


async def get_mermaid(projectId: FromPath[str], request: AnyRequest) -> Response[str]:
    text = await _drawn(call_of(request), projectId, mermaid_of)
    return Response(text, media_type=MERMAID)


async def get_svg(projectId: FromPath[str], request: AnyRequest) -> Response[bytes]:
    return svg_response(await _drawn(call_of(request), projectId, svg_of))


async def get_entities(
    projectId: FromPath[str], request: AnyRequest
) -> Sparse[wire.ProjectEntities]:
    landscape = landscape_of(await all_snapshots(call_of(request), projectId))
    return sparse(await asyncio.to_thread(translate.to_entities, landscape))


async def _drawn(call: Call, project: str, draw: Callable[[Landscape], T]) -> T:
    query = query_of(call, wire.GraphQuery, lists=("filteredIds",))
    snapshots = await all_snapshots(call, project)

    def work() -> T:
        return draw(around(landscape_of(snapshots), query.filteredIds or (), query.depth))

    return await asyncio.to_thread(work)


_TAG = "Graph"
_GRAPH = "/v1/projects/{projectId:str}/graph"

HANDLERS = (
    *operation(
        "GET",
        _GRAPH,
        get_graph,
        summary="Get the project's graph",
        tag=_TAG,
        query=wire.GraphQuery,
        refusals=READ,
        operation_id="getProjectGraph",
    ),
    *operation(
        "GET",
        f"{_GRAPH}/mermaid",
        get_mermaid,
        summary="Get the graph as Mermaid",
        tag=_TAG,
        answer=str,
        answer_type=MERMAID,
        query=wire.GraphQuery,
        refusals=READ,
        operation_id="getProjectGraphMermaid",
    ),
    *operation(
        "GET",
        f"{_GRAPH}/svg",
        get_svg,
        summary="Get the graph as SVG",
        tag=_TAG,
        answer=str,
        answer_type=SVG,
        query=wire.GraphQuery,
        refusals=READ,
        operation_id="getProjectGraphSvg",
    ),
    *operation(
        "GET",
        "/v1/projects/{projectId:str}/entities",
        get_entities,
        summary="Get services, topics, categories, owners and flows",
        tag=_TAG,
        query=AtQuery,
        refusals=READ,
        operation_id="getProjectEntities",
    ),
)

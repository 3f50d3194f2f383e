"""Answers about nodes: to who keeps the installation, and to the scheduler."""

from pathlib import Path

from services.query.asked import Asked, Row
from services.query.paging import limits, page_of
from services.query.view import View
from services.query.views.nodes.projection import project
from shared.domain.node.parts import Capacity, Purpose
from shared.domain.rejections import Forbidden, NotFound
from shared.kernel.json import loads
from shared.queries.nodes import GetNode, ListNodes, NodeDocument, NodePage

# A node may be some kilobytes: as many as one message of the bus carries.
NODES_MAX = 100


async def list_nodes(question: ListNodes, asked: Asked) -> NodePage | Forbidden:
    if not _may_see(asked):
        return Forbidden(action="node.read", resource="*")
    page = limits(question.page, min(question.per_page, NODES_MAX))
    rows = await asked.rows("list_nodes", node=None, **page)
    items, total = page_of(rows, _node)
    return NodePage(items=items, total=total)


async def get_node(question: GetNode, asked: Asked) -> NodeDocument | NotFound | Forbidden:
    if not _may_see(asked):
        return Forbidden(action="node.read", resource="*")
    rows = await asked.rows("list_nodes", node=question.name, limit=1, offset=0)
    items, _ = page_of(rows, _node)
    return items[0] if items else NotFound(kind="node", key=question.name)


def _may_see(asked: Asked) -> bool:
    return asked.is_process or asked.index.is_installation_admin(asked.asker.id)


def _node(row: Row) -> NodeDocument:
    return NodeDocument(
        name=row[0],
        kind=row[1],
        region=row[2],
        capacity=Capacity(millicores=row[3], memory_bytes=row[4], gpus=_gpus(row[5])),
        purpose=Purpose(
            labels=tuple(sorted(loads(row[6]).items())),
            taints=tuple(loads(row[7])),
            is_cordoned=row[8],
        ),
        is_draining=row[9],
        overcommits=row[10],
        created_at=row[11],
        updated_at=row[12],
        replicas=row[13],
        jobs=row[14],
        booked=Capacity(millicores=row[15], memory_bytes=row[16], gpus=_gpus(row[17])),
    )


def _gpus(text: str) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(loads(text).items()))


NODES = View(
    name="nodes",
    sql=Path(__file__).parent / "sql",
    streams=("node",),
    tables=("node",),
    project=project,
    reads=("nodes", "services", "executions", "hardware_tiers"),
    answers={ListNodes: list_nodes, GetNode: get_node},
)

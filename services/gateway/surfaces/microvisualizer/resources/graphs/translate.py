"""From a landscape to MicroVisualizer's graph and entities: pure."""

from collections.abc import Iterable, Mapping

from services.gateway.surfaces.microvisualizer.graphs.landscape import Label, Landscape, Node
from services.gateway.surfaces.microvisualizer.graphs.layout import Box, layout
from services.gateway.surfaces.microvisualizer.resources.graphs import wire


def to_graph(landscape: Landscape) -> wire.ProjectGraph:
    boxes = layout(landscape)
    return wire.ProjectGraph(
        nodes=[_node(node, boxes[node.id]) for node in landscape.nodes.values()],
        edges=[
            wire.GraphEdge(
                id=edge.id,
                type=(
                    "SERVICE_TO_TOPIC"
                    if landscape.nodes[edge.source].kind == "service"
                    else "TOPIC_TO_SERVICE"
                ),
                source=edge.source,
                target=edge.target,
            )
            for edge in landscape.edges
        ],
    )


def _node(node: Node, box: Box) -> wire.GraphNode:
    category, owner = node.category, node.owner
    return wire.GraphNode(
        id=node.id,
        type="SERVICE" if node.kind == "service" else "TOPIC",
        label=node.name,
        width=box.width,
        height=box.height,
        x=box.x,
        y=box.y,
        category=None if category is None else category.id,
        categoryLabel=None if category is None else category.name,
        categoryColor=None if category is None else category.color,
        owner=None if owner is None else owner.id,
        ownerLabel=None if owner is None else owner.name,
        ownerColor=None if owner is None else owner.color,
        flows=[flow.id for flow in node.flows] or None,
        flowLabels=[flow.name for flow in node.flows] or None,
        flowColors=[flow.color for flow in node.flows] or None,
    )


def to_entities(landscape: Landscape) -> wire.ProjectEntities:
    into: dict[str, list[str]] = {}
    out: dict[str, list[str]] = {}
    for edge in landscape.edges:
        out.setdefault(edge.source, []).append(edge.target)
        into.setdefault(edge.target, []).append(edge.source)
    nodes = landscape.nodes.values()
    categories = _labels((node, (node.category,)) for node in nodes if node.category)
    owners = _labels((node, (node.owner,)) for node in nodes if node.owner)
    flows = _labels((node, node.flows) for node in nodes)
    return wire.ProjectEntities(
        services={
            node.id: _service(node, out=out, into=into) for node in nodes if node.kind == "service"
        },
        messaging={
            node.id: _messaging(node, out=out, into=into)
            for node in nodes
            if node.kind == "messaging"
        },
        categories={
            label.id: wire.CategoryEntity(
                id=label.id,
                name=label.name,
                type="Category",
                color=label.color,
                services=services,
                messaging=messaging,
            )
            for label, services, messaging in categories
        },
        owners={
            label.id: wire.OwnerEntity(
                id=label.id,
                name=label.name,
                type="Owner",
                color=label.color,
                services=services,
                messaging=messaging,
            )
            for label, services, messaging in owners
        },
        flows={
            label.id: wire.FlowEntity(
                id=label.id,
                name=label.name,
                type="Flow",
                color=label.color,
                services=services,
                messaging=messaging,
            )
            for label, services, messaging in flows
        },
    )


Neighbours = Mapping[str, list[str]]


def _service(node: Node, *, out: Neighbours, into: Neighbours) -> wire.ServiceEntity:
    return wire.ServiceEntity(
        id=node.id,
        name=node.name,
        type="Service",
        slug=node.slug,
        description=node.description or None,
        flows=[flow.id for flow in node.flows],
        category=None if node.category is None else node.category.id,
        owner=None if node.owner is None else node.owner.id,
        produces=out.get(node.id, []),
        consumes=into.get(node.id, []),
        extras=None if node.extras is None else dict(node.extras),
    )


def _messaging(node: Node, *, out: Neighbours, into: Neighbours) -> wire.MessagingEntity:
    return wire.MessagingEntity(
        id=node.id,
        name=node.name,
        type="Messaging",
        category=None if node.category is None else node.category.id,
        owner=None if node.owner is None else node.owner.id,
        flows=[flow.id for flow in node.flows],
        consumers=out.get(node.id, []),
        producers=into.get(node.id, []),
        extras=None if node.extras is None else dict(node.extras),
    )


def _labels(
    pairs: Iterable[tuple[Node, Iterable[Label]]],
) -> list[tuple[Label, list[str], list[str]]]:
    """Each label with the services and the topics that bear it; its name is the first seen."""
    found: dict[str, tuple[Label, list[str], list[str]]] = {}
    for node, labels in pairs:
        for label in labels:
            _, services, messaging = found.setdefault(label.id, (label, [], []))
            (services if node.kind == "service" else messaging).append(node.id)
    return [found[id_] for id_ in sorted(found)]

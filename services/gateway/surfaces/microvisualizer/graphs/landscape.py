"""What the snapshots of a project say together: services, topics, and who takes part in what.

Topics, categories, owners and flows have no life of their own: they are there while a service names
them, and two spellings with one slug are one thing. Where services disagree about a topic, who
produces it is believed before who consumes it, and among equals the first by slug."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from shared.domain.service.facets.participation import Participation, Topic
from shared.queries.microvisualizer import SnapshotDocument

Kind = Literal["service", "messaging", "category", "owner", "flow"]

_PALETTE = (
    "#2563eb", "#059669", "#d97706", "#dc2626", "#7c3aed", "#0891b2",
    "#65a30d", "#db2777", "#4f46e5", "#b45309", "#0d9488", "#9333ea",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A category, an owner or a flow; its color follows from its slug."""

    id: str
    name: str
    color: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    id: str
    kind: Literal["service", "messaging"]
    name: str
    category: Label | None
    owner: Label | None
    flows: tuple[Label, ...]
    extras: Mapping[str, str] | None
    slug: str
    description: str = ""

    @property
    def labels(self) -> tuple[Label, ...]:
        return (*(x for x in (self.category, self.owner) if x is not None), *self.flows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """From who produces to what is produced, and from there to who consumes it."""

    source: str
    target: str

    @property
    def id(self) -> str:
        return f"{self.source}->{self.target}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Landscape:
    """Nodes by id, services first; edges in a stable order."""

    nodes: Mapping[str, Node] = field(default_factory=dict)
    edges: tuple[Edge, ...] = ()


def slug_of(name: str) -> str:
    """As MicroVisualizer's own client computes it. What has no usable character is told apart by
    its digest, because a topic in another script is a topic all the same."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return slug or "x" + hashlib.sha256(name.encode()).hexdigest()[:8]


def id_of(kind: Kind, slug: str) -> str:
    return f"{kind}--{slug}"


def label_of(kind: Kind, name: str) -> Label:
    slug = slug_of(name)
    digest = hashlib.sha256(f"{kind}:{slug}".encode()).digest()
    return Label(id=id_of(kind, slug), name=name, color=_PALETTE[digest[0] % len(_PALETTE)])


def landscape_of(snapshots: Iterable[SnapshotDocument]) -> Landscape:
    services = sorted(snapshots, key=lambda snapshot: (snapshot.slug, snapshot.service_id))
    nodes: dict[str, Node] = {}
    edges: dict[tuple[str, str], Edge] = {}
    for snapshot in services:
        node = _service(snapshot)
        nodes[node.id] = node
    topics = _topics(services)
    nodes |= {id_: _topic(id_, sightings) for id_, sightings in sorted(topics.items())}
    for snapshot in services:
        own = id_of("service", snapshot.slug)
        for topic in snapshot.participation.produces:
            _join(edges, own, id_of("messaging", slug_of(topic.name)))
        for topic in snapshot.participation.consumes:
            _join(edges, id_of("messaging", slug_of(topic.name)), own)
    return Landscape(nodes=nodes, edges=tuple(edges.values()))


def _join(edges: dict[tuple[str, str], Edge], source: str, target: str) -> None:
    edges.setdefault((source, target), Edge(source=source, target=target))


def _topics(services: Sequence[SnapshotDocument]) -> dict[str, list[Topic]]:
    """Every mention of each topic, the most believable first."""
    topics: dict[str, list[Topic]] = {}
    for side in ("produces", "consumes"):
        for snapshot in services:
            mentioned: tuple[Topic, ...] = getattr(snapshot.participation, side)
            for topic in mentioned:
                topics.setdefault(id_of("messaging", slug_of(topic.name)), []).append(topic)
    return topics


def _service(snapshot: SnapshotDocument) -> Node:
    participation = snapshot.participation
    return Node(
        id=id_of("service", snapshot.slug),
        kind="service",
        name=snapshot.name,
        slug=snapshot.slug,
        description=snapshot.description,
        category=_label("category", participation.category),
        owner=_label("owner", participation.owner),
        flows=_flows((participation,)),
        extras=participation.extras,
    )


def _topic(id_: str, sightings: Sequence[Topic]) -> Node:
    extras: dict[str, str] = {}
    for topic in reversed(sightings):
        extras |= topic.extras or {}
    return Node(
        id=id_,
        kind="messaging",
        name=sightings[0].name,
        slug=id_.partition("--")[2],
        category=_label("category", next((t.category for t in sightings if t.category), None)),
        owner=_label("owner", next((t.owner for t in sightings if t.owner), None)),
        flows=_flows(sightings),
        extras=extras or None,
    )


def _label(kind: Kind, name: str | None) -> Label | None:
    return None if name is None else label_of(kind, name)


def _flows(things: Iterable[Participation | Topic]) -> tuple[Label, ...]:
    found = (label_of("flow", flow) for thing in things for flow in thing.flows or ())
    by_id: dict[str, Label] = {}
    for label in found:
        by_id.setdefault(label.id, label)
    return tuple(by_id.values())


def around(landscape: Landscape, ids: Sequence[str], depth: int) -> Landscape:
    """What the ids name (a category, an owner or a flow names all that belong to it), and what is
    at most `depth` edges from there, in either direction. No ids: everything."""
    if not ids:
        return landscape
    wanted = frozenset(ids)
    kept = {
        node.id
        for node in landscape.nodes.values()
        if node.id in wanted or any(label.id in wanted for label in node.labels)
    }
    neighbours: dict[str, set[str]] = {}
    for edge in landscape.edges:
        neighbours.setdefault(edge.source, set()).add(edge.target)
        neighbours.setdefault(edge.target, set()).add(edge.source)
    rim = set(kept)
    for _ in range(depth):
        rim = {far for near in rim for far in neighbours.get(near, ())} - kept
        kept |= rim
    return Landscape(
        nodes={id_: node for id_, node in landscape.nodes.items() if id_ in kept},
        edges=tuple(e for e in landscape.edges if e.source in kept and e.target in kept),
    )

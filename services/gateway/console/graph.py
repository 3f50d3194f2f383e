"""A project's drawing: services in layers, topics between them, as shapes with their places.

Layout is ours and on the server: ranks along the flow, then the order in each rank by the middle of
the neighbours. Never everything: the worst first, the rest is counted and said to be left out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Final

from shared.queries.microvisualizer import SnapshotDocument

NODES_MAX: Final = 200
TOPICS_MAX: Final = 200
WIDTH, HEIGHT = 148, 44
GAP_X, GAP_Y, MARGIN = 52, 18, 16
SWEEPS: Final = 4
LONELY_COLUMNS: Final = 5
LABEL_MAX: Final = 18
_WORST: Final = ("failed", "degraded", "deploying", "running", "stopped", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """`kind`: service or topic. `change`: added or removed against the other moment, or nothing."""

    key: str
    kind: str
    label: str
    title: str
    status: str | None
    link: str
    change: str
    x: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    path: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    width: int
    height: int
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A service that wants to be drawn."""

    snapshot: SnapshotDocument
    status: str | None
    link: str
    change: str = ""


@dataclass(slots=True)
class _Graph:
    out: dict[str, list[str]] = field(default_factory=dict)
    into: dict[str, list[str]] = field(default_factory=dict)

    def add(self, key: str) -> None:
        self.out.setdefault(key, [])
        self.into.setdefault(key, [])

    def join(self, start: str, end: str) -> None:
        if end not in self.out[start]:
            self.out[start].append(end)
            self.into[end].append(start)


def drawing_of(services: Iterable[Drawn], *, focus: str = "") -> Drawing:
    """`focus`: a topic; only its services are drawn."""
    wanted = sorted(services, key=lambda each: _WORST.index(each.status))
    if focus:
        wanted = [each for each in wanted if focus in _topics(each.snapshot)]
    drawn, left_out = wanted[:NODES_MAX], len(wanted[NODES_MAX:])
    graph, topics = _joined(drawn, focus)
    places, width, height = _placed(graph)
    nodes = [_service(each, places) for each in drawn]
    nodes += [_topic(name, places[f"topic:{name}"]) for name in topics]
    edges = [
        Edge(path=_curve(places[start], places[end]), title=f"{_bare(start)} → {_bare(end)}")
        for start, ends in graph.out.items()
        for end in ends
    ]
    return Drawing(
        nodes=tuple(nodes), edges=tuple(edges), width=width, height=height, left_out=left_out
    )


def _topics(snapshot: SnapshotDocument) -> set[str]:
    part = snapshot.participation
    return {topic.name for topic in (*part.consumes, *part.produces)}


def _joined(drawn: Sequence[Drawn], focus: str) -> tuple[_Graph, list[str]]:
    graph = _Graph()
    counted: dict[str, int] = {}
    for each in drawn:
        graph.add(each.snapshot.service_id)
        for name in _topics(each.snapshot):
            counted[name] = counted.get(name, 0) + 1
    # The topics that join most services come first, where there is no place for all.
    topics = sorted(counted, key=lambda name: (-counted[name], name))[:TOPICS_MAX]
    kept = {focus} & set(topics) if focus else set(topics)
    for name in kept:
        graph.add(f"topic:{name}")
    for each in drawn:
        key, part = each.snapshot.service_id, each.snapshot.participation
        for topic in part.produces:
            if topic.name in kept:
                graph.join(key, f"topic:{topic.name}")
        for topic in part.consumes:
            if topic.name in kept:
                graph.join(f"topic:{topic.name}", key)
    return graph, sorted(kept)


def _placed(graph: _Graph) -> tuple[dict[str, tuple[int, int]], int, int]:
    layers = _ordered(graph, _layers(graph))
    tallest = max((len(layer) for layer in layers), default=0)
    height = max(0, tallest * (HEIGHT + GAP_Y) - GAP_Y)
    places: dict[str, tuple[int, int]] = {}
    for number, layer in enumerate(layers):
        # Each layer is centred, so that edges stay short.
        top = MARGIN + (height - len(layer) * (HEIGHT + GAP_Y) + GAP_Y) // 2
        for row, key in enumerate(layer):
            places[key] = (MARGIN + number * (WIDTH + GAP_X), top + row * (HEIGHT + GAP_Y))
    # What is joined with nothing stands in rows below.
    columns = max(LONELY_COLUMNS, len(layers))
    begin = MARGIN + (height + 2 * GAP_Y if height else 0)
    for number, key in enumerate(_lonely(graph)):
        row, column = divmod(number, columns)
        places[key] = (MARGIN + column * (WIDTH + GAP_X), begin + row * (HEIGHT + GAP_Y))
    right = max((x for x, _ in places.values()), default=0) + WIDTH
    bottom = max((y for _, y in places.values()), default=0) + HEIGHT
    return places, right + MARGIN, bottom + MARGIN


def _layers(graph: _Graph) -> list[list[str]]:
    """Ranks by the longest way from a start; an edge back to where we came from does not count."""
    lonely = set(_lonely(graph))
    ranks: dict[str, int] = {}
    forward = _forward(graph)
    waiting = {key: len(forward.into[key]) for key in graph.out if key not in lonely}
    ready = [key for key, number in waiting.items() if number == 0]
    while ready:
        key = ready.pop()
        ranks.setdefault(key, 0)
        for end in forward.out[key]:
            ranks[end] = max(ranks.get(end, 0), ranks[key] + 1)
            waiting[end] -= 1
            if waiting[end] == 0:
                ready.append(end)
    layers: list[list[str]] = [[] for _ in range(max(ranks.values(), default=-1) + 1)]
    for key in sorted(ranks):
        layers[ranks[key]].append(key)
    return layers


def _lonely(graph: _Graph) -> list[str]:
    return [key for key in graph.out if not graph.out[key] and not graph.into[key]]


def _forward(graph: _Graph) -> _Graph:
    """Without the edges that close a circle, found by walking without recursion."""
    found = _Graph()
    for key in graph.out:
        found.add(key)
    done: set[str] = set()
    for start in sorted(graph.out, key=lambda key: (len(graph.into[key]), key)):
        if start in done:
            continue
        path, open_keys = [(start, iter(graph.out[start]))], {start}
        while path:
            key, ends = path[-1]
            end = next(ends, None)
            if end is None:
                path.pop()
                open_keys.discard(key)
                done.add(key)
            elif end not in open_keys:
                found.join(key, end)
                if end not in done:
                    path.append((end, iter(graph.out[end])))
                    open_keys.add(end)
    return found


def _ordered(graph: _Graph, layers: list[list[str]]) -> list[list[str]]:
    """Each layer by the middle of its neighbours, to and fro: fewer edges cross."""
    for sweep in range(SWEEPS):
        near = graph.into if sweep % 2 == 0 else graph.out
        order = layers if sweep % 2 == 0 else layers[::-1]
        rows = {key: row for layer in layers for row, key in enumerate(layer)}
        for layer in order:
            layer.sort(key=lambda key: _middle(key, near, rows))
            rows.update({key: row for row, key in enumerate(layer)})
    return layers


def _middle(key: str, near: Mapping[str, list[str]], rows: Mapping[str, int]) -> float:
    return fmean(rows[other] for other in near[key]) if near[key] else float(rows[key])


def _service(each: Drawn, places: Mapping[str, tuple[int, int]]) -> Node:
    snapshot = each.snapshot
    x, y = places[snapshot.service_id]
    return Node(
        key=snapshot.service_id,
        kind="service",
        label=_cut(snapshot.name),
        title=snapshot.name,
        status=each.status,
        link=each.link,
        change=each.change,
        x=x,
        y=y,
    )


def _topic(name: str, place: tuple[int, int]) -> Node:
    return Node(
        key=f"topic:{name}",
        kind="topic",
        label=_cut(name),
        title=name,
        status=None,
        link="",
        change="",
        x=place[0],
        y=place[1],
    )


def _curve(start: tuple[int, int], end: tuple[int, int]) -> str:
    x1, y1 = start[0] + WIDTH, start[1] + HEIGHT // 2
    x2, y2 = end[0] - 6, end[1] + HEIGHT // 2
    bend = max(40, abs(x2 - x1) // 2)
    return f"M{x1} {y1} C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"


def _cut(text: str) -> str:
    return text if len(text) <= LABEL_MAX else text[: LABEL_MAX - 1] + "…"


def _bare(key: str) -> str:
    return key.removeprefix("topic:")

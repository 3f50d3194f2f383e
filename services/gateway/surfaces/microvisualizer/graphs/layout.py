"""Where the nodes of a graph go: layers from left to right, so that messages flow one way.

Sugiyama's steps, each linear but for the sorting: break cycles, give every node the layer behind
its last predecessor, order the layers by the middle of their neighbours, then stack them. What is
joined to nothing stands in rows below. Nothing is random: the same graph is the same picture."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.gateway.surfaces.microvisualizer.graphs.landscape import Landscape, Node

LAYER_GAP, ROW_GAP = 96.0, 28.0
SWEEPS = 4
LOOSE_PER_ROW = 6
WIDTH_MIN, WIDTH_MAX, LETTER = 128.0, 420.0, 7.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Size:
    width: float
    height: float


Neighbours = Mapping[str, Sequence[str]]


def size_of(node: Node) -> tuple[float, float]:
    width = min(max(WIDTH_MIN, len(node.name) * LETTER + 40), WIDTH_MAX)
    return width, 56.0 if node.kind == "service" else 44.0


def layout(landscape: Landscape) -> dict[str, Box]:
    """The box of every node; no two overlap."""
    sizes = {id_: _Size(*size_of(node)) for id_, node in landscape.nodes.items()}
    after: dict[str, list[str]] = {}
    before: dict[str, list[str]] = {}
    for source, target in _without_cycles(landscape):
        after.setdefault(source, []).append(target)
        before.setdefault(target, []).append(source)
    joined = [id_ for id_ in sizes if id_ in after or id_ in before]
    layers = _ordered(_layers(joined, after, before), after, before)
    boxes = _stacked(layers, sizes)
    bottom = max((box.y + box.height for box in boxes.values()), default=-ROW_GAP)
    boxes |= _rows([id_ for id_ in sizes if id_ not in boxes], sizes, bottom + ROW_GAP)
    return boxes


def _without_cycles(landscape: Landscape) -> list[tuple[str, str]]:
    """The edges, those turned around that lead back to where a walk came from."""
    following: dict[str, list[str]] = {}
    for edge in landscape.edges:
        following.setdefault(edge.source, []).append(edge.target)
    found: list[tuple[str, str]] = []
    entered: set[str] = set()
    left: set[str] = set()
    for start, targets in following.items():
        if start in entered:
            continue
        entered.add(start)
        # By hand: a long chain of services would exhaust the stack.
        walk = [(start, iter(targets))]
        while walk:
            here, rest = walk[-1]
            target = next(rest, None)
            if target is None:
                left.add(here)
                walk.pop()
                continue
            is_back = target in entered and target not in left
            found.append((target, here) if is_back else (here, target))
            if target not in entered:
                entered.add(target)
                walk.append((target, iter(following.get(target, ()))))
    return list(dict.fromkeys(found))


def _layers(joined: Sequence[str], after: Neighbours, before: Neighbours) -> list[list[str]]:
    waiting = {id_: len(before.get(id_, ())) for id_ in joined}
    layer = dict.fromkeys(joined, 0)
    ready = [id_ for id_ in joined if not waiting[id_]]
    for id_ in ready:  # Grows while it is walked.
        for target in after.get(id_, ()):
            layer[target] = max(layer[target], layer[id_] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    layers: list[list[str]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for id_ in joined:
        layers[layer[id_]].append(id_)
    return layers


def _ordered(layers: list[list[str]], after: Neighbours, before: Neighbours) -> list[list[str]]:
    """Fewer crossings: every node near the middle of what it is joined to."""
    place = {id_: number for ids in layers for number, id_ in enumerate(ids)}
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        towards = before if forward else after
        for number in range(len(layers)) if forward else reversed(range(len(layers))):
            layers[number] = _by_middle(layers[number], towards, place)
            place |= {id_: at for at, id_ in enumerate(layers[number])}
    return layers


def _by_middle(ids: Sequence[str], towards: Neighbours, place: Mapping[str, int]) -> list[str]:
    def middle(id_: str) -> float:
        near = towards.get(id_, ())
        return sum(place[n] for n in near) / len(near) if near else place[id_]

    return sorted(ids, key=lambda id_: (middle(id_), place[id_]))


def _stacked(layers: Sequence[Sequence[str]], sizes: Mapping[str, _Size]) -> dict[str, Box]:
    heights = [sum(sizes[id_].height + ROW_GAP for id_ in ids) - ROW_GAP for ids in layers]
    tallest = max(heights, default=0.0)
    boxes: dict[str, Box] = {}
    x = 0.0
    for ids, height in zip(layers, heights, strict=True):
        y = (tallest - height) / 2
        for id_ in ids:
            size = sizes[id_]
            boxes[id_] = Box(x=x, y=y, width=size.width, height=size.height)
            y += size.height + ROW_GAP
        x += max(sizes[id_].width for id_ in ids) + LAYER_GAP
    return boxes


def _rows(ids: Sequence[str], sizes: Mapping[str, _Size], top: float) -> dict[str, Box]:
    boxes: dict[str, Box] = {}
    # Many loose nodes make a square, not a ribbon.
    per_row = max(LOOSE_PER_ROW, math.isqrt(len(ids)))
    for start in range(0, len(ids), per_row):
        row = ids[start : start + per_row]
        x = 0.0
        for id_ in row:
            size = sizes[id_]
            boxes[id_] = Box(x=x, y=top, width=size.width, height=size.height)
            x += size.width + ROW_GAP
        top += max(sizes[id_].height for id_ in row) + ROW_GAP
    return boxes

"""Which nodes take one more of a need, and in words why the others refuse it. Pure.

Each node that refuses has one reason, the first in a fixed order, so that the counts add up. Ports
are no filter: the engine picks a free one for each replica.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.scheduler.nodes.node import Node
from services.scheduler.placement import NO_GPU, WITHOUT_BOUND, Fit, Need


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Regions and pools that some real node names: the others do not stand for these."""

    regions: frozenset[str]
    pools: frozenset[str]


def named_by(nodes: Iterable[Node]) -> Named:
    real = [node for node in nodes if node.kind != "simulated"]
    return Named(
        regions=frozenset(node.region for node in real) - {""},
        pools=frozenset(node.pool for node in real) - {""},
    )


def refusal_of(node: Node, need: Need, named: Named) -> str:
    """Empty where one more fits."""
    return _closed_to(node, need, named) or _lacks(node, need)


def fit(need: Need, nodes: Sequence[Node]) -> Fit:
    """How many more fit, and why the one after them does not."""
    named = named_by(nodes)
    refusals: Counter[str] = Counter()
    count = 0
    for node in nodes:
        closed = _closed_to(node, need, named)
        free, scarcest = (0, closed) if closed else _room(node, need)
        count = min(count + free, WITHOUT_BOUND)
        refusals[scarcest] += 1
    if count >= WITHOUT_BOUND:
        return Fit(count=count)
    return Fit(count=count, why=words(len(nodes), refusals))


def words(nodes: int, refusals: Counter[str]) -> str:
    """As `capacity: 0/3 nodes: 2 not enough memory, 1 cordoned`, most first."""
    said = sorted(refusals.items(), key=lambda pair: (-pair[1], pair[0]))
    reasons = ", ".join(f"{count} {reason}" for reason, count in said)
    return f"capacity: 0/{nodes} {'node' if nodes == 1 else 'nodes'}: {reasons or 'none is there'}"


def _closed_to(node: Node, need: Need, named: Named) -> str:
    """Why a need has no place there, however empty it is."""
    if node.kind == "simulated":
        return "only simulated"
    if node.is_draining:
        return "draining"
    if node.is_cordoned:
        return "cordoned"
    if not _stands_for(node.region, need.region, named.regions):
        return f"not in {need.region}"
    if not _stands_for(node.pool, need.pool, named.pools):
        return f"not in pool {need.pool}"
    if not set(need.wants) <= set(node.labels):
        return "without the wanted labels"
    if not set(node.taints) <= set(need.tolerates):
        return "tainted"
    if need.gpu != NO_GPU and not node.overcommits and not node.has(need.gpu):
        return f"without {need.gpu}"
    return ""


def _stands_for(own: str, wanted: str, named: frozenset[str]) -> bool:
    if not wanted or own == wanted:
        return True
    return not own and wanted not in named


def _lacks(node: Node, need: Need) -> str:
    free, scarcest = _room(node, need)
    return scarcest if free < 1 else ""


def _room(node: Node, need: Need) -> tuple[int, str]:
    """How many more it takes, and what ends first."""
    if node.overcommits:
        return WITHOUT_BOUND, ""
    taken = node.taken
    bounds = [(node.millicores - taken.millicores, need.millicores, "not enough CPU")]
    bounds.append((node.memory_bytes - taken.memory_bytes, need.memory_bytes, "not enough memory"))
    if need.gpu != NO_GPU:
        left = node.has(need.gpu) - taken.gpus.get(need.gpu, 0)
        bounds.append((left, need.gpu_count, f"not enough {need.gpu} free"))
    counts = [(left // asked, what) for left, asked, what in bounds if asked]
    if not counts:
        return WITHOUT_BOUND, ""
    least, what = min(counts, key=lambda pair: pair[0])
    return max(0, least), what

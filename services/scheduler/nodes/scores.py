"""How well a node suits that has room: the mean of the parts that say anything (CONTROL 2.8). Pure.

Packed tightly, so that large holes survive, but the replicas of one service apart from each other;
who asks for no GPU keeps away from nodes with GPUs, and a node where this replica kept failing is
the last resort.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from services.scheduler.nodes.node import Node
from services.scheduler.placement import NO_GPU, Need


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """One replica (or job) to place: `desired` are all that its owner wants, `failed_on` the nodes
    where it failed again and again."""

    owner: str
    need: Need
    ordinal: int = 0
    desired: int = 1
    failed_on: frozenset[str] = frozenset()


def score(node: Node, want: Want, nodes: Sequence[Node]) -> float:
    parts = [
        _binpack(node, want.need),
        _gpu(node, want.need),
        _anti(node, want),
        -1.0 if want.failed_on and node.name in want.failed_on else None,
        _spread(node, want, nodes),
    ]
    present = [part for part in parts if part is not None]
    # Rounded: of two sums of the same parts neither may win by the order they were added in.
    return round(sum(present) / len(present), 9)


def tie(node: Node, want: Want) -> bytes:
    """The same node for the same replica, whoever asks and whenever (rendezvous hashing)."""
    text = "\0".join((want.owner, str(want.ordinal), node.name))
    return blake2b(text.encode(), digest_size=16).digest()


def _binpack(node: Node, need: Need) -> float:
    """BestFit v3 over what is free after placing. What is never full is not filled either."""
    if node.overcommits:
        return 0.0
    after = node.taken.plus("", need)
    cpu = _free(node.millicores, after.millicores)
    memory = _free(node.memory_bytes, after.memory_bytes)
    filled: float = (20.0 - 10.0**cpu - 10.0**memory) / 18.0
    return min(1.0, max(0.0, filled))


def _free(there: int, taken: int) -> float:
    return min(1.0, max(0.0, 1.0 - taken / there)) if there > 0 else 0.0


def _gpu(node: Node, need: Need) -> float | None:
    if need.gpu == NO_GPU:
        return -1.0 if node.gpus else None
    there = node.has(need.gpu)
    used = node.taken.gpus.get(need.gpu, 0) + need.gpu_count
    return min(1.0, used / there) if there else None


def _anti(node: Node, want: Want) -> float | None:
    same = node.taken.owners.get(want.owner, 0)
    return -(same + 1) / max(1, want.desired) if same else None


def _spread(node: Node, want: Want, nodes: Sequence[Node]) -> float | None:
    """Over the zones that nodes are labelled with; of no matter where there are fewer than two."""
    zones: Counter[str] = Counter()
    for one in nodes:
        if one.zone:
            zones[one.zone] += one.taken.owners.get(want.owner, 0)
    if len(zones) < 2 or not node.zone:
        return None
    return (min(zones.values()) - zones[node.zone]) / max(1, want.desired)

"""Whether one more replica fits, and why not, in counts of nodes (CONTROL 2.8). Pure.

The embedded node declares every region. Simulated capacity is overcommitted on purpose: a service
that asks for 8 processors, or for a GPU that nobody here has, must run on a laptop.
"""

from collections import Counter
from dataclasses import dataclass

from shared.domain.quotas import Amount, Quota, room


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What one replica asks for."""

    cpu: int = 0
    memory_gb: int = 0
    gpu: str = "none"
    gpu_count: int = 1
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """`regions` empty: it stands for all of them. `gpus` are (type, count)."""

    name: str
    cpu: int
    memory_gb: int
    is_simulated: bool
    gpus: tuple[tuple[str, int], ...] = ()
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How many more replicas fit, and what bounds them, in words; empty where nothing does."""

    count: int
    why: str = ""


WITHOUT_BOUND = 1_000_000


def fit(need: Need, nodes: tuple[Node, ...], used: dict[str, tuple[Need, ...]]) -> Fit:
    """`used` are the needs of what runs on each node, by its name."""
    lacks: Counter[str] = Counter()
    count = 0
    for node in nodes:
        lack, free = _free(need, node, used.get(node.name, ()))
        if lack:
            lacks[lack] += 1
        count = min(count + free, WITHOUT_BOUND)
    if count >= WITHOUT_BOUND:
        return Fit(count=count)
    filters = ", ".join(f"{number} lack {what}" for what, number in sorted(lacks.items()))
    plural = "node" if len(nodes) == 1 else "nodes"
    return Fit(count=count, why=f"capacity: {len(nodes)} {plural}: {filters or 'none is there'}")


def _free(need: Need, node: Node, used: tuple[Need, ...]) -> tuple[str, int]:
    """What the node lacks (empty where nothing), and how many more it takes."""
    if node.regions and need.region not in node.regions:
        return f"region {need.region}", 0
    if node.is_simulated:
        return "", WITHOUT_BOUND
    bounds = [
        (f"{need.cpu} vCPU", node.cpu - sum(one.cpu for one in used), need.cpu),
        (
            f"{need.memory_gb} GB of memory",
            node.memory_gb - sum(one.memory_gb for one in used),
            need.memory_gb,
        ),
    ]
    if need.gpu != "none":
        there = dict(node.gpus).get(need.gpu, 0)
        taken = sum(one.gpu_count for one in used if one.gpu == need.gpu)
        bounds.append((f"{need.gpu_count} x {need.gpu}", there - taken, need.gpu_count))
    counts = [(left // asked if asked else WITHOUT_BOUND, what) for what, left, asked in bounds]
    least, what = min(counts, key=lambda pair: pair[0])
    # The scarcest thing is named also where it is not used up: it is what ends first.
    return ("", WITHOUT_BOUND) if least >= WITHOUT_BOUND else (what, max(0, least))


def within_quota(fits: Fit, quota: Quota, used: Amount, own: Amount, one: Need, free: int) -> Fit:
    """No more than the quota of the project allows. `used` is what its other services take, `own`
    what this one does; `free` replicas of a rollout may stand beside those they replace."""
    allowed, why = room(quota, used, amount_of(one))
    if allowed is None:
        return fits
    left = max(0, allowed + free - own.replicas)
    return Fit(count=left, why=why) if left < fits.count else fits


def amount_of(need: Need) -> Amount:
    return Amount(
        replicas=1,
        cpu=need.cpu,
        memory_gb=need.memory_gb,
        gpus=need.gpu_count if need.gpu != "none" else 0,
    )

"""Which of those that wait begin now. Pure.

In the order of their requests, but projects take turns: of two that wait for one tier the one
whose project has less running there comes first. A tier's limit and the room of the machine bound
how many; the first that has no room keeps its place, so that a large one is not starved by small
ones. A tier that is not known yet is waited for."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from services.scheduler.nodes.filters import fit
from services.scheduler.nodes.node import Node
from services.scheduler.nodes.place import place
from services.scheduler.nodes.scores import Want
from services.scheduler.placement import NO_GPU, Need
from shared.domain.hardware_tier.tier import Tier
from shared.queries.executions import Unfinished
from shared.queries.hardware_tiers import HardwareTierDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many jobs and how many builds run on this machine at one time."""

    jobs: int
    builds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """`node` is where it is placed; empty of a build, which takes no room, and of what has none."""

    item: Unfinished
    node: str = ""


def why_never(need: Need, nodes: tuple[Node, ...]) -> str:
    """Why something of that need fits on no node, however empty; else nothing."""
    empty = fit(need, [node.emptied() for node in nodes])
    return "" if empty.count > 0 else empty.why


def need_of(tier: Tier) -> Need:
    """What one execution on the tier is counted with, among services and others."""
    return Need(
        millicores=math.ceil(tier.cores * 1000),
        memory_bytes=tier.memory.bytes,
        gpu=tier.gpu_key if tier.gpu_count else NO_GPU,
        gpu_count=tier.gpu_count or 1,
        pool=tier.node_pool,
    )


def choose(
    waiting: tuple[Unfinished, ...],
    begun: tuple[Unfinished, ...],
    tiers: Mapping[str, HardwareTierDocument],
    limits: Limits,
    nodes: tuple[Node, ...],
) -> tuple[Chosen, ...]:
    """`nodes` with all that is placed on them. What would fit on none of them if they were empty
    begins as well, to be told so."""
    builds = sum(one.kind == "build" for one in begun)
    jobs = len(begun) - builds
    on_tier: Counter[str] = Counter(one.tier_id for one in begun if one.tier_id)
    of_project: Counter[str] = Counter(one.project_id or "" for one in begun)
    chosen: list[Chosen] = []
    left = sorted(waiting, key=lambda one: one.requested_from)
    while left:
        one = min(left, key=lambda each: of_project[each.project_id or ""])
        left.remove(one)
        if one.kind == "build":
            if builds < limits.builds:
                builds += 1
                chosen.append(Chosen(item=one))
            continue
        tier = tiers.get(one.tier_id or "")
        if tier is None or jobs >= limits.jobs or _is_full(tier, on_tier):
            continue
        need = need_of(tier.tier)
        if why_never(need, nodes):
            chosen.append(Chosen(item=one))
            continue
        (choice,), nodes = place([Want(owner=one.id, need=need)], nodes)
        if choice.node is None:
            break
        jobs += 1
        on_tier[one.tier_id or ""] += 1
        of_project[one.project_id or ""] += 1
        chosen.append(Chosen(item=one, node=choice.node))
    return tuple(chosen)


def _is_full(tier: HardwareTierDocument, on_tier: Counter[str]) -> bool:
    """One that is archived holds nothing back: what waits for it is given up."""
    if tier.is_archived or tier.tier.max_simultaneous is None:
        return False
    return on_tier[tier.id] >= tier.tier.max_simultaneous

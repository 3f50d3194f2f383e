"""A node as placement sees it: what it has and is for, and what is taken of it. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from services.scheduler.placement import NO_GPU, Need

# `detected`: this machine. `local`: a declared slice of it. `simulated`: nothing runs there.
Kind = Literal["detected", "local", "simulated"]

POOL_LABEL, ZONE_LABEL = "pool", "zone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """By replicas and jobs together. `owners` counts those of each service (a job owns itself)."""

    millicores: int = 0
    memory_bytes: int = 0
    gpus: Mapping[str, int] = field(default_factory=dict)
    owners: Mapping[str, int] = field(default_factory=dict)

    def plus(self, owner: str, need: Need) -> "Taken":
        gpus = dict(self.gpus)
        if need.gpu != NO_GPU:
            gpus[need.gpu] = gpus.get(need.gpu, 0) + need.gpu_count
        return Taken(
            millicores=self.millicores + need.millicores,
            memory_bytes=self.memory_bytes + need.memory_bytes,
            gpus=gpus,
            owners={**self.owners, owner: self.owners.get(owner, 0) + 1},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """`region` empty: it stands for each that no other node names, and so do labels of pools.
    `overcommits`: what it has is shown and bounds nothing. `gpus` are (type, count): a slice of a
    device is a type of its own."""

    name: str
    kind: Kind = "detected"
    region: str = ""
    millicores: int = 0
    memory_bytes: int = 0
    gpus: tuple[tuple[str, int], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    taints: tuple[str, ...] = ()
    is_cordoned: bool = False
    is_draining: bool = False
    overcommits: bool = False
    taken: Taken = field(default_factory=Taken)

    @property
    def pool(self) -> str:
        return dict(self.labels).get(POOL_LABEL, "")

    @property
    def zone(self) -> str:
        return dict(self.labels).get(ZONE_LABEL, "")

    def has(self, gpu: str) -> int:
        return sum(count for kind, count in self.gpus if kind == gpu)

    def with_one(self, owner: str, need: Need) -> "Node":
        return replace(self, taken=self.taken.plus(owner, need))

    def emptied(self) -> "Node":
        """Nothing placed and open for all: what it could ever take."""
        return replace(self, taken=Taken(), is_cordoned=False, is_draining=False)

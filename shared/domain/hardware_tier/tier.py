"""What a tier grants, and the bounds of each part. Values only."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Units = Literal["MB", "MiB", "GB", "GiB"]
BYTES: Mapping[Units, int] = {"MB": 10**6, "MiB": 2**20, "GB": 10**9, "GiB": 2**30}

# The id is chosen by people and is part of subjects and paths.
TIER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}\Z")
NAME_MAX, NODE_POOL_MAX = 200, 200
CORES_MIN, CORES_MAX = 0.01, 1024.0
BYTES_MIN, BYTES_MAX = 16 * 2**20, 64 * 2**40
EXECUTIONS_MAX = 100_000
CENTS_MAX = 1_000_000.0
GPUS_MAX = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Memory as people wrote it."""

    value: float
    units: Units

    @property
    def bytes(self) -> int:
        return int(self.value * BYTES[self.units])


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """`cores` and `memory` are what an execution is counted with; the limits, where given, are what
    it is held to. `details` is what only a cluster of machines knows what to do with."""

    name: str
    cores: float
    memory: Amount
    cores_limit: float | None = None
    memory_limit: Amount | None = None
    gpu_count: int = 0
    gpu_key: str = ""
    max_simultaneous: int | None = None
    cents_per_minute: float = 0.0
    node_pool: str = ""
    is_default: bool = False
    is_visible: bool = True
    is_global: bool = True
    details: Mapping[str, Any] = field(default_factory=dict)


def wrong_field(tier: Tier) -> tuple[str, str] | None:
    """The first part out of bounds, and what it must be."""
    if not tier.name.strip() or len(tier.name) > NAME_MAX:
        return "name", f"must have 1 to {NAME_MAX} characters"
    if len(tier.node_pool) > NODE_POOL_MAX:
        return "node_pool", f"must have at most {NODE_POOL_MAX} characters"
    for name, cores in (("cores", tier.cores), ("cores_limit", tier.cores_limit)):
        if cores is not None and not CORES_MIN <= cores <= CORES_MAX:
            return name, f"must be from {CORES_MIN:g} to {CORES_MAX:g}"
    for name, amount in (("memory", tier.memory), ("memory_limit", tier.memory_limit)):
        if amount is not None and not _is_memory(amount):
            return name, "must be from 16 MiB to 64 TiB"
    if tier.cores_limit is not None and tier.cores_limit < tier.cores:
        return "cores_limit", "must not be less than cores"
    if tier.memory_limit is not None and tier.memory_limit.bytes < tier.memory.bytes:
        return "memory_limit", "must not be less than memory"
    if not 0 <= tier.gpu_count <= GPUS_MAX:
        return "gpu_count", f"must be from 0 to {GPUS_MAX}"
    if tier.max_simultaneous is not None and not 1 <= tier.max_simultaneous <= EXECUTIONS_MAX:
        return "max_simultaneous", f"must be from 1 to {EXECUTIONS_MAX}"
    if not 0 <= tier.cents_per_minute <= CENTS_MAX:
        return "cents_per_minute", f"must be from 0 to {CENTS_MAX:g}"
    return None


def _is_memory(amount: Amount) -> bool:
    # Compared before it becomes an integer: a client may send 1e300, or more.
    return 0 < amount.value < 1e15 and BYTES_MIN <= amount.bytes <= BYTES_MAX

"""What one replica or job asks of a node, how many more fit, and the bound of a quota. Pure.

Which node takes it, and why the others refuse, `nodes/` says (CONTROL 2.8).
"""

from dataclasses import dataclass
from math import ceil

from shared.domain.quotas import Amount, Quota, room

GIB = 1024**3
NO_GPU = "none"
# As many as anybody may ask for: where nothing bounds.
WITHOUT_BOUND = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """`region` and `pool` empty: any. `wants` are labels that the node must have, `tolerates` the
    taints that it may have."""

    millicores: int = 0
    memory_bytes: int = 0
    gpu: str = NO_GPU
    gpu_count: int = 1
    region: str = ""
    pool: str = ""
    wants: tuple[tuple[str, str], ...] = ()
    tolerates: tuple[str, ...] = ()

    @property
    def gpus(self) -> int:
        return 0 if self.gpu == NO_GPU else self.gpu_count

    @property
    def cpu(self) -> float:
        return self.millicores / 1000

    @property
    def text(self) -> str:
        """For a person: `4 vCPU, 16 GB, 2 a100`."""
        gpus = f", {self.gpus} {self.gpu}" if self.gpus else ""
        return f"{self.cpu:g} vCPU, {self.memory_bytes / GIB:g} GB{gpus}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How many more replicas fit, and what bounds them, in words; empty where nothing does."""

    count: int
    why: str = ""


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
        cpu=ceil(need.millicores / 1000),
        memory_gb=ceil(need.memory_bytes / GIB),
        gpus=need.gpus,
    )

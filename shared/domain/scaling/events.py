"""What happened to the scaling of a service."""

from dataclasses import dataclass

from shared.domain.scaling.commands import ScalingInputs, ScalingMemory
from shared.domain.scaling.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingPolicyRevised:
    """All settings after the change, and the names of those that changed."""

    service_id: str
    project_id: str
    policy: Policy
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingDecided:
    """How many replicas are wanted from now on, what the decision saw, and why, in words."""

    service_id: str
    project_id: str
    at: float
    desired: int
    previous: int
    reasons: tuple[str, ...]
    inputs: ScalingInputs
    memory: ScalingMemory


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementChanged:
    """So many wanted replicas found no place, and why; or none any more, and `why` is empty."""

    service_id: str
    project_id: str
    missing: int
    why: str


ScalingEvent = ScalingPolicyRevised | ScalingDecided | PlacementChanged

"""The scaling of services: settings, and decisions with their reasons."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.scaling.commands import ScalingInputs, ScalingMemory
from shared.domain.scaling.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class GetScaling:
    """With the last `decisions` of them, newest first. NotFound where the service is not there or
    the asker may not read it."""

    service_id: str
    decisions: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionDocument:
    at: datetime
    position: int
    desired: int
    previous: int
    reasons: tuple[str, ...]
    inputs: ScalingInputs


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingDocument:
    """`idle_seconds`: after how long without a request it may go to zero. `memory` is that of the
    newest decision, for whoever decides next."""

    service_id: str
    project_id: str
    policy: Policy
    idle_seconds: float
    replicas_wanted: int
    replicas_ready: int
    replicas_min: int
    replicas_max: int
    memory: ScalingMemory
    decisions: tuple[DecisionDocument, ...]

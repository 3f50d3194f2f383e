"""The scaling of services: settings, decisions with their reasons, and what held requests waited
for."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ListColdStarts:
    """Requests that waited for a first replica, newest first, over [start, end)."""

    service_id: str
    start: datetime
    end: datetime
    limit: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdStart:
    """Milliseconds since the request came: when the decision to wake was in the log, when a replica
    was started, when it was ready, when the request was let go, and when its answer began. The
    first three are None where the replica was on its way before the request came."""

    at: datetime
    placed_ms: int | None
    started_ms: int | None
    ready_ms: int | None
    held_ms: int
    first_byte_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdStartList:
    """`total` and the percentiles are of all in the period, `items` the newest of them."""

    items: tuple[ColdStart, ...]
    total: int
    first_byte_p50_ms: float | None
    first_byte_p95_ms: float | None

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


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What other settings would have made of the traffic recorded over [start, end). `settings` are
    fields of the policy; what is not said is as it was. Invalid where a value or the period is."""

    service_id: str
    start: datetime
    end: datetime
    settings: tuple[tuple[str, float | None], ...] = ()
    replicas_min: int | None = None
    replicas_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaChange:
    at: datetime
    previous: int
    desired: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodDocument:
    """`changes` are the first thousand of `changes_total`. `refused` is None where what was held is
    not told apart from what was refused."""

    replicas_at_start: int
    replicas_most: int
    replica_seconds: float
    cost: str
    cold_starts: int
    held_seconds: float
    refused: int | None
    changes: tuple[ReplicaChange, ...]
    changes_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfDocument:
    """`happened` is what the log tells; `replayed` the same settings played again, which shows how
    far the play is to be trusted; `changed` the other settings. `ready_after`: the seconds from a
    decision to a ready replica that were reckoned with."""

    service_id: str
    start: datetime
    end: datetime
    requests: int
    ready_after: float
    happened: PeriodDocument
    replayed: PeriodDocument
    changed: PeriodDocument
    notes: tuple[str, ...]

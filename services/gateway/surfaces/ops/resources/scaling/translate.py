"""From scaling documents to `/ops`, with sentences; and settings to a command. Pure."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from services.gateway.surfaces.ops.resources.scaling import wire
from shared.domain.scaling.commands import SetScalingPolicy
from shared.domain.scaling.policy import BOUNDS as SETTINGS
from shared.kernel.time import format_rfc3339
from shared.queries.scaling import (
    DecisionDocument,
    PeriodDocument,
    ScalingDocument,
    WhatIf,
    WhatIfDocument,
)
from shared.queries.telemetry import ColdStartList


def to_set_policy(
    body: wire.ScalingSettings, *, service_id: str, project_id: str
) -> SetScalingPolicy:
    given: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
    return SetScalingPolicy(service_id=service_id, project_id=project_id, **given)


def from_scaling(document: ScalingDocument) -> wire.Scaling:
    return wire.Scaling(
        service_id=document.service_id,
        replicas_wanted=document.replicas_wanted,
        replicas_ready=document.replicas_ready,
        replicas_min=document.replicas_min,
        replicas_max=document.replicas_max,
        explanation=_now(document),
        settings=wire.EffectiveSettings(
            **{**asdict(document.policy), "scale_to_zero_seconds": document.idle_seconds}
        ),
        decisions=[_decision(one) for one in document.decisions],
    )


def _now(document: ScalingDocument) -> str:
    wanted = _replicas(document.replicas_wanted)
    if document.replicas_min == document.replicas_max:
        return f"{wanted} wanted: minimum and maximum are equal, so nothing is scaled."
    if not document.decisions:
        return f"{wanted} wanted: nothing has called for another number yet."
    last = document.decisions[0]
    if last.desired == document.replicas_wanted:
        return f"{wanted} wanted since {format_rfc3339(last.at)}: {'; '.join(last.reasons)}."
    return f"{wanted} wanted: a change of the service came after the last decision."


def _decision(document: DecisionDocument) -> wire.ScalingDecision:
    return wire.ScalingDecision(
        at=format_rfc3339(document.at),
        position=document.position,
        desired=document.desired,
        previous=document.previous,
        explanation=_change(document),
        reasons=list(document.reasons),
        inputs=wire.ScalingInputs(**asdict(document.inputs)),
    )


def _change(document: DecisionDocument) -> str:
    why = "; ".join(document.reasons)
    if document.desired == document.previous:
        return f"Stayed at {_replicas(document.desired)}: {why}."
    if document.previous == 0:
        return f"Woke with {_replicas(document.desired)}: {why}."
    if document.desired == 0:
        return f"Went to sleep: {why}."
    return f"From {document.previous} to {_replicas(document.desired)}: {why}."


def _replicas(count: int) -> str:
    return "1 replica" if count == 1 else f"{count} replicas"


def to_what_if(body: wire.WhatIf, *, service_id: str, start: datetime, end: datetime) -> WhatIf:
    given = [name for name in SETTINGS if name in body.model_fields_set]
    return WhatIf(
        service_id=service_id,
        start=start,
        end=end,
        settings=tuple((name, getattr(body, name)) for name in given),
        replicas_min=body.replicas_min,
        replicas_max=body.replicas_max,
    )


def from_what_if(document: WhatIfDocument) -> wire.WhatIfAnswer:
    return wire.WhatIfAnswer(
        service_id=document.service_id,
        start=format_rfc3339(document.start),
        end=format_rfc3339(document.end),
        requests=document.requests,
        ready_after=document.ready_after,
        happened=_period(document.happened),
        replayed=_period(document.replayed),
        changed=_period(document.changed),
        notes=list(document.notes),
    )


def _period(document: PeriodDocument) -> wire.PlayedPeriod:
    return wire.PlayedPeriod(
        replicas_at_start=document.replicas_at_start,
        replicas_most=document.replicas_most,
        replica_seconds=document.replica_seconds,
        cost=document.cost,
        cold_starts=document.cold_starts,
        held_seconds=document.held_seconds,
        refused=document.refused,
        changes=[
            wire.ReplicaChange(
                at=format_rfc3339(one.at),
                previous=one.previous,
                desired=one.desired,
                reasons=list(one.reasons),
            )
            for one in document.changes
        ],
        changes_total=document.changes_total,
    )


def from_cold_starts(document: ColdStartList, *, start: str, end: str) -> wire.ColdStarts:
    return wire.ColdStarts(
        start=start,
        end=end,
        total=document.total,
        first_byte_p50_ms=document.first_byte_p50_ms,
        first_byte_p95_ms=document.first_byte_p95_ms,
        data=[
            wire.ColdStart(
                at=format_rfc3339(one.at),
                placed_ms=one.placed_ms,
                started_ms=one.started_ms,
                ready_ms=one.ready_ms,
                held_ms=one.held_ms,
                first_byte_ms=one.first_byte_ms,
            )
            for one in document.items
        ],
    )

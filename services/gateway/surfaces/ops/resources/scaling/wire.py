"""Scaling as this surface spells it: settings, decisions in words, cold starts."""

from typing import ClassVar

from pydantic import BaseModel, Field

from services.gateway.parameters import Body, Query, QueryInt


class ScalingSettings(Body):
    """A setting that is not given stays as it is; null takes `target_rps` away and gives
    `scale_to_zero_seconds` back to the service's label or the default. The minimum and maximum are
    the workload's and are changed where that is."""

    nullable: ClassVar[frozenset[str]] = frozenset({"target_rps", "scale_to_zero_seconds"})

    target_concurrency: float | None = Field(
        None, description="Requests at a time that one replica is good for; filled to 70 %."
    )
    target_rps: float | None = Field(
        None, description="Requests a second that one replica is good for; filled to 70 %."
    )
    window_seconds: float | None = Field(None, description="How far back an average looks.")
    scale_down_delay_seconds: float | None = None
    scale_to_zero_seconds: float | None = Field(
        None, description="Without a request for so long, a service whose minimum is 0 sleeps."
    )
    hold_limit: int | None = Field(
        None, description="How many requests may wait for a first replica."
    )
    hold_seconds: float | None = Field(None, description="How long each of them waits at most.")


class ScalingQuery(Query):
    decisions: QueryInt = Field(20, description="How many of the last decisions; 1000 at most.")


class EffectiveSettings(BaseModel):
    target_concurrency: float
    target_rps: float | None
    window_seconds: float
    scale_down_delay_seconds: float
    scale_to_zero_seconds: float
    hold_limit: int
    hold_seconds: float


class ScalingInputs(BaseModel):
    """What the decision saw; null where nothing was measured."""

    ready: int
    replicas_min: int
    replicas_max: int
    placeable: int | None
    concurrency: float | None
    concurrency_short: float | None
    rps: float | None
    rps_short: float | None
    utilization: float | None
    utilization_of: str
    idle_for: float | None


class ScalingDecision(BaseModel):
    at: str
    position: int
    desired: int
    previous: int
    explanation: str
    reasons: list[str]
    inputs: ScalingInputs


class Scaling(BaseModel):
    service_id: str
    replicas_wanted: int
    replicas_ready: int
    replicas_min: int
    replicas_max: int
    explanation: str
    settings: EffectiveSettings
    decisions: list[ScalingDecision]


class WhatIf(Body):
    """Everything that is not given is as it was then. null takes `target_rps` away and gives
    `scale_to_zero_seconds` back to the service's label or the default."""

    nullable: ClassVar[frozenset[str]] = frozenset({"target_rps", "scale_to_zero_seconds"})

    start: str | None = Field(None, description="RFC 3339; else an hour before the end.")
    end: str | None = Field(None, description="RFC 3339; else now. Six hours at most.")
    replicas_min: int | None = None
    replicas_max: int | None = None
    target_concurrency: float | None = None
    target_rps: float | None = None
    window_seconds: float | None = None
    scale_down_delay_seconds: float | None = None
    scale_to_zero_seconds: float | None = None
    hold_limit: int | None = None
    hold_seconds: float | None = None


class ReplicaChange(BaseModel):
    at: str
    previous: int
    desired: int
    reasons: list[str]


class PlayedPeriod(BaseModel):
    """`cost` in US dollars by the list prices. `cold_starts` are requests that found no replica,
    `held_seconds` what they waited together; `refused` those for which there was no room or that
    waited too long, null for what happened. `changes` are the first thousand of
    `changes_total`."""

    replicas_at_start: int
    replicas_most: int
    replica_seconds: float
    cost: str
    cold_starts: int
    held_seconds: float
    refused: int | None
    changes: list[ReplicaChange]
    changes_total: int


class WhatIfAnswer(BaseModel):
    """`happened` is what the log tells. `replayed` are the settings of then, played: how far it
    agrees with what happened is how far `changed` is to be trusted. `ready_after`: the seconds
    from a decision to a ready replica that were reckoned with."""

    service_id: str
    start: str
    end: str
    requests: int
    ready_after: float
    happened: PlayedPeriod
    replayed: PlayedPeriod
    changed: PlayedPeriod
    notes: list[str]


class ColdStartQuery(Query):
    start: str | None = Field(None, description="RFC 3339; else an hour before the end.")
    end: str | None = Field(None, description="RFC 3339; else now.")
    limit: QueryInt = 20


class ColdStart(BaseModel):
    """Milliseconds since the request came at the edge."""

    at: str
    placed_ms: int | None
    started_ms: int | None
    ready_ms: int | None
    held_ms: int
    first_byte_ms: int


class ColdStarts(BaseModel):
    start: str
    end: str
    total: int
    first_byte_p50_ms: float | None
    first_byte_p95_ms: float | None
    data: list[ColdStart]


class RollBack(Body):
    """Settings stay as they are: only what runs is gone back from."""

    deployment: str | None = Field(
        None, description="Id of the one to deploy again; else the newest stable one before."
    )

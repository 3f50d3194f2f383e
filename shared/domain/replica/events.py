"""What happened to a replica."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaStarted:
    """`node` is empty of those that were started before nodes had names."""

    replica_id: str
    service_id: str
    project_id: str
    deployment_id: str
    ordinal: int
    generation: int
    runtime: str
    isolated: bool
    address: str
    node: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaBecameReady:
    replica_id: str
    service_id: str
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaBecameUnready:
    """Also of one that never was ready, late in the time it gets to start: `reason` says why."""

    replica_id: str
    service_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaDrained:
    """It was taken out of the routes and is about to be stopped."""

    replica_id: str
    service_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaStopped:
    replica_id: str
    service_id: str
    asked: bool
    code: int | None
    signal: int | None
    out_of_memory: bool
    message: str
    log_tail: tuple[str, ...]


ReplicaEvent = (
    ReplicaStarted | ReplicaBecameReady | ReplicaBecameUnready | ReplicaDrained | ReplicaStopped
)

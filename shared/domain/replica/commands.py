"""What the scheduler and the prober report of a replica."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReplicaStarted:
    """`address` is where the edge and the prober reach it: `unix@/path` or `127.0.0.1:port`;
    `node` where it was placed."""

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
class ReportReplicaHealth:
    """A transition the prober saw, or why a start is failing. `reason`: the last probe's answer."""

    replica_id: str
    project_id: str
    ready: bool
    reason: str = ""
    duration_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReplicaDraining:
    """It gets no new requests; `reason`: `rollout`, `scale_down`, `removed`, `unhealthy`,
    `node_drained`."""

    replica_id: str
    project_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReplicaStopped:
    """It is gone. `asked` tells a stop of ours from an exit of its own; `code` and `signal` as the
    kernel gave them; `out_of_memory` where the kernel killed it for that."""

    replica_id: str
    project_id: str
    asked: bool
    code: int | None = None
    signal: int | None = None
    out_of_memory: bool = False
    message: str = ""
    log_tail: tuple[str, ...] = ()


ReplicaCommand = (
    RecordReplicaStarted | ReportReplicaHealth | RecordReplicaDraining | RecordReplicaStopped
)

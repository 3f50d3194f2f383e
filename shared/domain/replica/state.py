"""A replica folded from its events."""

from dataclasses import dataclass, replace
from typing import assert_never

from shared.domain.replica.events import (
    ReplicaBecameReady,
    ReplicaBecameUnready,
    ReplicaDrained,
    ReplicaEvent,
    ReplicaStarted,
    ReplicaStopped,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    replica_id: str
    service_id: str
    project_id: str
    is_ready: bool = False
    unready_reason: str = ""
    is_draining: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    replica_id: str


State = Absent | Running | Stopped


def evolve(state: State, event: ReplicaEvent) -> State:
    if isinstance(event, ReplicaStarted):
        return Running(
            replica_id=event.replica_id,
            service_id=event.service_id,
            project_id=event.project_id,
        )
    assert isinstance(state, Running), "a change of a replica that does not run"
    match event:
        case ReplicaBecameReady():
            return replace(state, is_ready=True, unready_reason="")
        case ReplicaBecameUnready():
            return replace(state, is_ready=False, unready_reason=event.reason)
        case ReplicaDrained():
            return replace(state, is_draining=True)
        case ReplicaStopped():
            return Stopped(replica_id=event.replica_id)
        case _:
            assert_never(event)

"""The rules of replicas. Observations repeat, so "already so" is the common answer."""

from typing import assert_never

from shared.domain.facts import Facts
from shared.domain.rejections import NotFound, Rejection
from shared.domain.replica.commands import (
    RecordReplicaDraining,
    RecordReplicaStarted,
    RecordReplicaStopped,
    ReplicaCommand,
    ReportReplicaHealth,
)
from shared.domain.replica.events import (
    ReplicaBecameReady,
    ReplicaBecameUnready,
    ReplicaDrained,
    ReplicaEvent,
    ReplicaStarted,
    ReplicaStopped,
)
from shared.domain.replica.state import Absent, Running, State, Stopped

Decision = tuple[ReplicaEvent, ...] | Rejection


def decide(command: ReplicaCommand, state: State, facts: Facts) -> Decision:
    if isinstance(command, RecordReplicaStarted):
        return _start(command, state)
    if isinstance(state, Absent) or (
        isinstance(state, Running) and state.project_id != command.project_id
    ):
        return NotFound(kind="replica", key=command.replica_id)
    if isinstance(state, Stopped):
        return ()  # A late report about something that has ended changes nothing.
    match command:
        case ReportReplicaHealth():
            return _health(command, state)
        case RecordReplicaDraining():
            if state.is_draining:
                return ()
            return (
                ReplicaDrained(
                    replica_id=command.replica_id,
                    service_id=state.service_id,
                    reason=command.reason,
                ),
            )
        case RecordReplicaStopped():
            return (
                ReplicaStopped(
                    replica_id=command.replica_id,
                    service_id=state.service_id,
                    asked=command.asked,
                    code=command.code,
                    signal=command.signal,
                    out_of_memory=command.out_of_memory,
                    message=command.message,
                    log_tail=command.log_tail,
                ),
            )
        case _:
            assert_never(command)


def _start(command: RecordReplicaStarted, state: State) -> Decision:
    if not isinstance(state, Absent):
        return ()  # Recorded before a crash of the scheduler.
    return (
        ReplicaStarted(
            replica_id=command.replica_id,
            service_id=command.service_id,
            project_id=command.project_id,
            deployment_id=command.deployment_id,
            ordinal=command.ordinal,
            generation=command.generation,
            runtime=command.runtime,
            isolated=command.isolated,
            address=command.address,
            node=command.node,
        ),
    )


def _health(command: ReportReplicaHealth, state: Running) -> Decision:
    if command.ready:
        if state.is_ready:
            return ()
        return (
            ReplicaBecameReady(
                replica_id=command.replica_id,
                service_id=state.service_id,
                duration_ms=command.duration_ms,
            ),
        )
    # Not ready is where it began; why a start is failing is news all the same, once.
    if not state.is_ready and command.reason == state.unready_reason:
        return ()
    return (
        ReplicaBecameUnready(
            replica_id=command.replica_id, service_id=state.service_id, reason=command.reason
        ),
    )

"""Writes that follow from a replica's events: its row, and its service's counts and status."""

from typing import assert_never

from services.query.view import Write
from shared.domain.replica.events import (
    ReplicaBecameReady,
    ReplicaBecameUnready,
    ReplicaDrained,
    ReplicaEvent,
    ReplicaStarted,
    ReplicaStopped,
)
from shared.envelope.event import EventEnvelope


def of_replica(event: ReplicaEvent, envelope: EventEnvelope) -> tuple[Write, ...]:
    key = event.service_id
    refresh = Write(
        statement="refresh_service",
        key=key,
        row={
            "service_id": key,
            "position": envelope.position,
            "at": envelope.at,
            "lost": isinstance(event, ReplicaStopped) and not event.asked,
        },
    )
    match event:
        case ReplicaStarted():
            return (_replica_started(event, envelope), refresh)
        case ReplicaBecameReady():
            return (_replica_changed(event, envelope, state="ready"), refresh)
        case ReplicaBecameUnready():
            return (
                _replica_changed(event, envelope, state="unready", reason=event.reason),
                refresh,
            )
        case ReplicaDrained():
            return (
                _replica_changed(event, envelope, state="draining", reason=event.reason),
                refresh,
            )
        case ReplicaStopped():
            return (
                _replica_changed(event, envelope, state="stopped", reason=_cause(event)),
                refresh,
            )
        case _:
            assert_never(event)


def _replica_started(event: ReplicaStarted, envelope: EventEnvelope) -> Write:
    return Write(
        statement="insert_replica",
        key=event.service_id,
        row={
            "replica_id": event.replica_id,
            "position": envelope.position,
            "at": envelope.at,
            "service_id": event.service_id,
            "project_id": event.project_id,
            "deployment_id": event.deployment_id,
            "ordinal": event.ordinal,
            "generation": event.generation,
            "address": event.address,
            "runtime": event.runtime,
            "isolated": event.isolated,
            "node": event.node,
        },
    )


def _replica_changed(
    event: ReplicaBecameReady | ReplicaBecameUnready | ReplicaDrained | ReplicaStopped,
    envelope: EventEnvelope,
    *,
    state: str,
    reason: str = "",
) -> Write:
    return Write(
        statement="change_replica",
        key=event.service_id,
        row={
            "replica_id": event.replica_id,
            "position": envelope.position,
            "at": envelope.at,
            "state": state,
            "reason": reason,
        },
    )


def _cause(event: ReplicaStopped) -> str:
    """Why it stopped, for people: its own words first."""
    if event.message:
        return event.message
    if event.out_of_memory:
        return "killed: out of memory"
    if event.signal is not None:
        return f"ended by signal {event.signal}"
    if event.code is not None:
        return f"exited with code {event.code}"
    return "stopped as asked" if event.asked else "ended"

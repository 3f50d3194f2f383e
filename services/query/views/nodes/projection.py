"""nodes: one row per node and state of it. Fed by node events."""

from typing import Any, assert_never

from services.query.view import Write
from shared.domain.node.events import (
    NodeDeclared,
    NodeDetected,
    NodeDrainRequested,
    NodeEvent,
    NodeRemoved,
    NodeRevised,
)
from shared.domain.node.parts import Capacity, Purpose
from shared.envelope.event import EventEnvelope
from shared.kernel.json import dumps


def project(event: NodeEvent, envelope: EventEnvelope) -> tuple[Write, ...]:
    match event:
        case NodeDeclared():
            row = {"kind": event.kind, "region": event.region}
            parts = {**_capacity(event.capacity), **_purpose(event.purpose)}
            return (_write("declare_node", event.name, envelope, **row, **parts),)
        case NodeDetected():
            parts = {**_capacity(event.capacity), "overcommits": event.overcommits}
            return (_write("detect_node", event.name, envelope, region=event.region, **parts),)
        case NodeRevised():
            parts = {**_capacity(event.capacity), **_purpose(event.purpose)}
            return (_write("revise_node", event.name, envelope, region=event.region, **parts),)
        case NodeDrainRequested():
            return (_write("drain_node", event.name, envelope),)
        case NodeRemoved():
            return (_write("remove_node", event.name, envelope),)
        case _:
            assert_never(event)


def _capacity(capacity: Capacity) -> dict[str, Any]:
    return {
        "millicores": capacity.millicores,
        "memory_bytes": capacity.memory_bytes,
        "gpus": dumps(dict(capacity.gpus)),
    }


def _purpose(purpose: Purpose) -> dict[str, Any]:
    return {
        "labels": dumps(dict(purpose.labels)),
        "taints": dumps(list(purpose.taints)),
        "is_cordoned": purpose.is_cordoned,
    }


def _write(statement: str, name: str, envelope: EventEnvelope, **row: Any) -> Write:
    return Write(
        statement=statement,
        key=name,
        row={"name": name, "position": envelope.position, "at": envelope.at, **row},
    )
